//! Personal data and secrets at rest: sealed with the row's identity, found by blind index, compared by hash.

use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use aws_lc_rs::aead::{AES_256_GCM_SIV, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use aws_lc_rs::{constant_time, hmac, rand};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::db::{SEALED, Seals};
use crate::error::{Error, Result};

/// Why data cannot be sealed, opened, or the key not be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    #[error("unsafe setting master_key_file: {0} can be read by others than its owner (mode 0600 is wanted)")]
    Exposed(String),
    #[error("the master key must be 32 bytes in base64")]
    NotAKey,
    #[error("unsafe setting master_key: all its bytes are equal; make it of 32 random ones")]
    NotRandom,
    #[error("cannot use the master key file: {0}")]
    File(#[from] std::io::Error),
    #[error("the data does not open with this key, or stands in another row")]
    DoesNotOpen,
}

/// The one secret of an office: 32 random bytes.
pub struct MasterKey([u8; 32]);

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey")
    }
}

impl MasterKey {
    pub fn from_base64(text: &str) -> Result<Self, VaultError> {
        let bytes = STANDARD.decode(text.trim()).map_err(|_| VaultError::NotAKey)?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| VaultError::NotAKey)?;
        if bytes.iter().all(|byte| *byte == bytes[0]) { Err(VaultError::NotRandom) } else { Ok(Self(bytes)) }
    }

    /// Reads the key from a file that nobody else can read.
    pub fn load(file: &Path) -> Result<Self, VaultError> {
        Self::from_base64(&private_text(file)?)
    }

    /// Makes a key and keeps it in a new file of mode 0600; when another start is quicker, its key.
    ///
    /// The file appears with its whole content: nobody ever reads half a key.
    pub fn create(file: &Path) -> Result<Self, VaultError> {
        let mut bytes = [0; 32];
        fill(&mut bytes);
        let draft = file.with_added_extension(format!("{}.new", random_secret(6)));
        let mut options = fs::OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut out = options.open(&draft)?;
        let kept = writeln!(out, "{}", STANDARD.encode(bytes)).and_then(|()| out.sync_all()).and_then(|()| publish(&draft, file));
        // What is left over of a draft is harmless.
        let _ = fs::remove_file(&draft);
        match kept {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Self::load(file),
            Err(error) => Err(error.into()),
            Ok(()) => Ok(Self(bytes)),
        }
    }
}

/// Reads a secret from a file that nobody else can read.
pub fn private_text(file: &Path) -> Result<String, VaultError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        if fs::metadata(file)?.permissions().mode() & 0o077 != 0 {
            return Err(VaultError::Exposed(file.display().to_string()));
        }
    }
    Ok(fs::read_to_string(file)?)
}

/// Gives a draft its name, which must be free, and waits until the folder has it on disk.
fn publish(draft: &Path, file: &Path) -> std::io::Result<()> {
    fs::hard_link(draft, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if cfg!(unix) { fs::File::open(folder)?.sync_all() } else { Ok(()) }
}

/// Sealed text, as it stands in a column.
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(String);

impl Sealed {
    pub fn from_stored(text: String) -> Self {
        Self(text)
    }

    pub fn into_stored(self) -> String {
        self.0
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[sealed]")
    }
}

/// Seals, opens, indexes and hashes with keys derived from the master key.
pub struct Vault {
    seal: LessSafeKey,
    index: hmac::Key,
    secret: hmac::Key,
    link: hmac::Key,
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

const VERSION: char = '1';
const NONCE: usize = 12;

impl Vault {
    pub fn new(key: &MasterKey) -> Self {
        let root = Salt::new(HKDF_SHA256, b"huzheng").extract(&key.0);
        let derive = |purpose: &[u8]| {
            let mut bytes = [0; 32];
            let info = [purpose];
            let material = root.expand(&info, Length(32)).expect("32 bytes are a permitted length");
            material.fill(&mut bytes).expect("the buffer has the length asked for");
            bytes
        };
        let key = UnboundKey::new(&AES_256_GCM_SIV, &derive(b"seal")).expect("the key has 32 bytes");
        let mac = |purpose: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, &derive(purpose));
        Self { seal: LessSafeKey::new(key), index: mac(b"index"), secret: mac(b"secret"), link: mac(b"link") }
    }

    /// Encrypts for one row and column; the text opens nowhere else.
    pub fn seal(&self, identity: &str, text: &str) -> Sealed {
        Sealed(format!("{VERSION}{}", URL_SAFE_NO_PAD.encode(self.seal_bytes(identity, text.as_bytes()))))
    }

    /// Decrypts what was sealed for this row and column.
    pub fn open(&self, identity: &str, sealed: &Sealed) -> Result<String, VaultError> {
        let text = sealed.0.strip_prefix(VERSION).ok_or(VaultError::DoesNotOpen)?;
        let whole = URL_SAFE_NO_PAD.decode(text).map_err(|_| VaultError::DoesNotOpen)?;
        String::from_utf8(self.open_bytes(identity, whole)?).map_err(|_| VaultError::DoesNotOpen)
    }

    /// Encrypts bytes for one place, such as a part of a file: a nonce of chance, what is sealed, and its tag.
    pub fn seal_bytes(&self, identity: &str, plain: &[u8]) -> Vec<u8> {
        let mut nonce = [0; NONCE];
        fill(&mut nonce);
        let mut data = plain.to_vec();
        self.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(identity.as_bytes()), &mut data)
            .expect("texts and parts of files are far below the cipher's limit");
        let mut whole = nonce.to_vec();
        whole.append(&mut data);
        whole
    }

    /// Decrypts bytes that were sealed for this place.
    pub fn open_bytes(&self, identity: &str, mut whole: Vec<u8>) -> Result<Vec<u8>, VaultError> {
        let (nonce, data) = whole.split_at_mut_checked(NONCE).ok_or(VaultError::DoesNotOpen)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| VaultError::DoesNotOpen)?;
        let open = self.seal.open_in_place(nonce, Aad::from(identity.as_bytes()), data);
        Ok(open.map_err(|_| VaultError::DoesNotOpen)?.to_vec())
    }

    /// A number as a text that tells neither it nor which of two is higher: always the same one, and of all numbers as long.
    pub fn cover_number(&self, identity: &str, number: i64) -> String {
        let mut data = number.to_be_bytes().to_vec();
        // Under this cipher (RFC 8452) a nonce that comes again tells of two texts that they are equal, and nothing else.
        self.seal
            .seal_in_place_append_tag(Nonce::assume_unique_for_key([0; NONCE]), Aad::from(identity.as_bytes()), &mut data)
            .expect("a number is far below the cipher's limit");
        URL_SAFE_NO_PAD.encode(data)
    }

    /// The number that was covered so, if the text is of one.
    pub fn covered_number(&self, identity: &str, text: &str) -> Option<i64> {
        let mut data = URL_SAFE_NO_PAD.decode(text).ok()?;
        let nonce = Nonce::assume_unique_for_key([0; NONCE]);
        let number = self.seal.open_in_place(nonce, Aad::from(identity.as_bytes()), &mut data).ok()?;
        Some(i64::from_be_bytes(<[u8; 8]>::try_from(&*number).ok()?))
    }

    /// Bytes that sealing adds to what is sealed.
    pub const ADDED: usize = NONCE + 16;

    /// Encrypts a value as JSON, as its column holds it.
    pub fn seal_json<T: Serialize>(&self, identity: &str, value: &T) -> Result<String> {
        let text = serde_json::to_string(value).map_err(|e| Error::internal("a value to be sealed is no JSON", e))?;
        Ok(self.seal(identity, &text).into_stored())
    }

    /// Decrypts a value that was sealed as JSON. A fault names the row and column, and the place in the text, but nothing of
    /// what stands there.
    pub fn open_json<T: DeserializeOwned>(&self, identity: &str, stored: String) -> Result<T> {
        let fault = |cause| Error::Internal(format!("{identity} cannot be read: {cause}"));
        let text = self.open(identity, &Sealed::from_stored(stored)).map_err(|e| fault(e.to_string()))?;
        serde_json::from_str(&text).map_err(|e| fault(format!("not the JSON that it was, at column {}", e.column())))
    }

    /// A text that its column keeps by [`Seals`]; one of before, which stood in the clear, as it stands.
    pub fn open_text(&self, identity: &str, stored: &str) -> Result<String> {
        let Some(sealed) = stored.strip_prefix(SEALED) else { return Ok(stored.to_owned()) };
        let opened = self.open(identity, &Sealed::from_stored(sealed.to_owned()));
        opened.map_err(|cause| Error::Internal(format!("{identity} cannot be read: {cause}")))
    }

    /// A keyed hash by which equal values are found and nothing else is learnt.
    pub fn blind_index(&self, purpose: &str, value: &str) -> String {
        mac(&self.index, &[purpose, value])
    }

    /// A keyed hash of a secret with at least 128 bits.
    pub fn secret_hash(&self, secret: &str) -> String {
        mac(&self.secret, &[secret])
    }

    /// Whether a secret has that hash, in constant time.
    pub fn is_secret(&self, secret: &str, hash: &str) -> bool {
        constant_time::verify_slices_are_equal(self.secret_hash(secret).as_bytes(), hash.as_bytes()).is_ok()
    }

    /// Signs a link's payload.
    pub fn sign_link(&self, purpose: &str, payload: &str) -> String {
        mac(&self.link, &[purpose, payload])
    }
}

impl Seals for Vault {
    fn seal_text(&self, identity: &str, text: &str) -> String {
        if text.is_empty() { String::new() } else { format!("{SEALED}{}", self.seal(identity, text).into_stored()) }
    }
}

fn mac(key: &hmac::Key, parts: &[&str]) -> String {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(context.sign())
}

fn fill(bytes: &mut [u8]) {
    rand::fill(bytes).expect("the system has a source of randomness");
}

/// A new secret of that many bytes, in URL-safe base64.
pub fn random_secret(bytes: usize) -> String {
    let mut secret = vec![0; bytes];
    fill(&mut secret);
    URL_SAFE_NO_PAD.encode(secret)
}

/// A new code of that many decimal digits, each as likely as any other.
pub fn random_digits(digits: usize) -> String {
    let mut code = String::with_capacity(digits);
    while code.len() < digits {
        let mut byte = [0];
        fill(&mut byte);
        // Bytes above 249 would make small digits likelier.
        if byte[0] < 250 {
            code.push(char::from(b'0' + byte[0] % 10));
        }
    }
    code
}

/// A secret in two halves, of which each of two people gets one; together they are the whole.
pub fn halves(secret: &str) -> (&str, &str) {
    let middle = secret.char_indices().nth(secret.chars().count() / 2).map_or(secret.len(), |(at, _)| at);
    secret.split_at(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vault() -> Vault {
        Vault::new(&MasterKey([7; 32]))
    }

    #[test]
    fn what_is_sealed_opens_in_its_own_row_only() {
        let sealed = vault().seal("people/1/name", "王小明");
        assert_eq!(vault().open("people/1/name", &sealed).unwrap(), "王小明");
        assert!(vault().open("people/2/name", &sealed).is_err());
        assert!(Vault::new(&MasterKey([8; 32])).open("people/1/name", &sealed).is_err());
        assert!(!format!("{sealed:?}").contains('1'));
    }

    #[test]
    fn json_opens_as_what_it_was_and_a_fault_tells_where_and_not_what() {
        let stored = vault().seal_json("cases/1/fields", &("王小明", 7)).unwrap();
        assert_eq!(vault().open_json::<(String, u8)>("cases/1/fields", stored.clone()).unwrap(), ("王小明".into(), 7));
        let fault = |identity| vault().open_json::<(u8, u8)>(identity, stored.clone()).unwrap_err().to_string();
        assert_eq!(fault("cases/1/fields"), "cases/1/fields cannot be read: not the JSON that it was, at column 12");
        assert!(fault("cases/2/fields").starts_with("cases/2/fields cannot be read: the data does not open"));
    }

    #[test]
    fn a_covered_number_is_always_the_same_and_tells_nothing_of_itself() {
        let cover = |number| vault().cover_number("audit_log/seq", number);
        assert_eq!(cover(7), cover(7));
        assert_eq!((cover(7).len(), cover(i64::MAX).len()), (32, 32));
        assert_eq!(vault().covered_number("audit_log/seq", &cover(7)), Some(7));
        for other in [vault().cover_number("events/seq", 7), "7".to_owned(), cover(7)[..31].to_owned(), String::new()] {
            assert_eq!(vault().covered_number("audit_log/seq", &other), None, "{other}");
        }
    }

    #[test]
    fn a_text_opens_in_its_own_column_and_one_of_before_as_it_stands() {
        let kept = vault().seal_text("cases/1/proxy", "sealed:是我說的");
        assert_eq!(vault().open_text("cases/1/proxy", &kept).unwrap(), "sealed:是我說的");
        assert!(vault().open_text("cases/2/proxy", &kept).is_err());
        assert_eq!(vault().open_text("cases/1/proxy", "舊文字").unwrap(), "舊文字");
        assert_eq!(vault().seal_text("cases/1/proxy", ""), "");
    }

    #[test]
    fn a_damaged_text_does_not_open() {
        for text in ["", "1", "2AAAA", "1!!!!", "1AAAAAAAAAAAAAAAAAAAA"] {
            assert!(vault().open("x", &Sealed::from_stored(text.to_owned())).is_err(), "{text}");
        }
    }

    #[test]
    fn hashes_depend_on_purpose_and_key() {
        let vault = vault();
        assert_ne!(vault.blind_index("a", "bc"), vault.blind_index("ab", "c"));
        assert_eq!(vault.blind_index("a", "b"), vault.blind_index("a", "b"));
        assert!(vault.is_secret("s", &vault.secret_hash("s")));
        assert!(!vault.is_secret("t", &vault.secret_hash("s")));
    }

    #[test]
    fn a_key_of_equal_bytes_is_refused() {
        assert!(matches!(MasterKey::from_base64(&STANDARD.encode([0; 32])), Err(VaultError::NotRandom)));
        assert!(matches!(MasterKey::from_base64(&STANDARD.encode([1; 31])), Err(VaultError::NotAKey)));
    }

    #[test]
    fn a_key_file_is_private_and_an_exposed_one_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("master.key");
        let made = MasterKey::create(&file).unwrap();
        assert_eq!(MasterKey::load(&file).unwrap().0, made.0);
        assert_eq!(MasterKey::create(&file).unwrap().0, made.0, "a key is never overwritten");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "no draft is left");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
            assert!(matches!(MasterKey::load(&file), Err(VaultError::Exposed(_))));
        }
    }
}
