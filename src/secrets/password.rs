//! Passwords: argon2id, the rules for a new one, how many guesses it stands, and equal work for users who do not exist.
//! Everything here blocks for tens of milliseconds: call it off the reactor.

use std::sync::LazyLock;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// 46 MiB, one pass, one lane: OWASP's first choice for argon2id.
const MEMORY_KIB: u32 = 46 * 1024;

const COMMON: [&str; 12] = [
    "password", "qwerty", "123456", "abc123", "letmein", "iloveyou", "welcome", "admin", "huzheng", "hemei", "taiwan", "changhua",
];

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, 1, 1, None).expect("the parameters are within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Hashes with a fresh salt, in the PHC form.
pub fn hash(password: &str) -> String {
    let hash = argon2().hash_password(password.as_bytes());
    hash.expect("the system has a source of randomness").to_string()
}

/// Whether a password has that hash.
pub fn verify(password: &str, hash: &str) -> bool {
    argon2().verify_password(password.as_bytes(), hash).is_ok()
}

static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody has this password"));

/// Takes as long as [`verify`] does, for a user who does not exist.
pub fn verify_nobody(password: &str) {
    verify(password, &NOBODY);
}

/// Makes the hash that [`verify_nobody`] needs, so that the first unknown user takes no longer than others.
pub fn prepare() {
    LazyLock::force(&NOBODY);
}

/// Why a new password is refused, as a field code; `None` when it is fine.
pub fn refusal(username: &str, password: &str) -> Option<&'static str> {
    let length = password.chars().count();
    let lower = password.to_lowercase();
    let classes = [
        password.chars().any(|c| c.is_ascii_lowercase()),
        password.chars().any(|c| c.is_ascii_uppercase()),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_ascii_alphanumeric()),
    ];
    if length < 12 {
        Some("too_short")
    } else if length > 128 {
        Some("too_long")
    } else if lower.contains(&username.to_lowercase()) {
        Some("contains_username")
    } else if COMMON.iter().any(|word| lower.contains(word) && length < word.len() + 8) {
        Some("too_common")
    } else if classes.into_iter().filter(|has| *has).count() < 3 {
        Some("too_simple")
    } else {
        None
    }
}

/// Guesses that a new password must stand: the best of zxcvbn's five scores. Its second best still lets through a season,
/// a year and two exclamation marks.
const GUESSES: u64 = 10_000_000_000;

/// Words that anybody tries first at this office.
const OFFICE: [&str; 8] = ["huzheng", "hemei", "changhua", "taiwan", "household", "registration", "xianxi", "shengang"];

/// Whether whoever knows the usual lists (30,000 common passwords, names, words, keyboards, dates), this office and its owner
/// would soon guess a password. `own` are the owner's words: name, user name, phone, e-mail address, birthday.
pub fn is_guessable(password: &str, own: &[String]) -> bool {
    let words: Vec<&str> = OFFICE.into_iter().chain(own.iter().map(String::as_str)).collect();
    zxcvbn::zxcvbn(password, &words).guesses() < GUESSES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_verifies_against_its_own_hash_only() {
        let hash = hash("Correct-Horse-7");
        assert!(hash.starts_with("$argon2id$v=19$m=47104,t=1,p=1$"), "{hash}");
        assert!(verify("Correct-Horse-7", &hash));
        assert!(!verify("correct-Horse-7", &hash));
        assert!(!verify("Correct-Horse-7", "no hash at all"));
    }

    #[test]
    fn a_new_password_is_long_mixed_and_not_the_name() {
        assert_eq!(refusal("clerk1", "Short-1"), Some("too_short"));
        assert_eq!(refusal("clerk1", &"Ab1".repeat(50)), Some("too_long"));
        assert_eq!(refusal("clerk1", "alllowercaseletters"), Some("too_simple"));
        assert_eq!(refusal("clerk1", "My-CLERK1-password"), Some("contains_username"));
        assert_eq!(refusal("clerk1", "Password-12345"), Some("too_common"));
        assert_eq!(refusal("clerk1", "Grün-Tee-um-vier"), None);
    }

    #[test]
    fn a_common_password_in_disguise_is_soon_guessed_and_three_words_are_not() {
        for soon in
            ["P@ssw0rd1234", "Summer2026!!", "Welcome2026!!", "Qwertyuiop12!", "1qaz2wsx#EDC", "Aa1!Aa1!Aa1!", "Hemei2026!!!"]
        {
            assert!(is_guessable(soon, &[]), "{soon}");
        }
        for late in ["Grün-Tee-um-vier", "Mend-91-lanterns!", "Xk9-vT2q-Lm4w"] {
            assert!(!is_guessable(late, &[]), "{late}");
        }
    }

    #[test]
    fn what_is_known_of_its_owner_does_not_help_a_password() {
        let own = ["Wolfeschlegelstein".to_owned(), "0987654321".to_owned()];
        assert!(!is_guessable("Wolfeschlegelstein-7", &[]));
        assert!(is_guessable("Wolfeschlegelstein-7", &own));
        assert!(is_guessable("0987654321-Ab", &own));
    }
}
