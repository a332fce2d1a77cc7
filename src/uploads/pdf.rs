//! PDF: kept as it came, where it is whole and neither runs programs, opens or sends anything, nor holds files, nor leads elsewhere than
//! to the web and to mail, as far as its objects tell ([`acts`]), those in packed streams of objects too. Its metadata, and what stands within fonts, images and pages, is not looked
//! at. It is read token by token; what cannot be followed so is not taken.

mod acts;
mod tokens;

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::model::UploadRefusal;
use acts::Watch;
use tokens::{Bracket, Token, Tokens, is_blank};

const HEAD: &[u8] = b"%PDF-";
const END: &[u8] = b"%%EOF";
/// Bytes that packed objects may have in all: a document of a thousand pages has some MB of them.
const UNPACKED: u64 = 64 * 1024 * 1024;
/// Brackets within each other.
const DEEPEST: usize = 500;

/// Refuses a PDF that is cut off, goes on behind its end, is encrypted, or does anything.
pub fn judge(content: &[u8]) -> Result<(), UploadRefusal> {
    let end = content.windows(END.len()).rposition(|some| some == END).ok_or(UploadRefusal::Damaged)?;
    let heads = content.windows(HEAD.len()).filter(|some| *some == HEAD).count();
    if !content[end + END.len()..].iter().all(|byte| is_blank(*byte)) || heads != 1 {
        return Err(UploadRefusal::Damaged);
    }
    let (mut left, mut watch) = (UNPACKED, Watch::default());
    objects(content, Some(&mut left), &mut watch)?;
    watch.end()
}

/// A member of the outermost dictionary of an object, or a part of one.
#[derive(Debug)]
enum Item {
    Name(Vec<u8>),
    Word(Vec<u8>),
    /// The names in it; `None` where anything else is.
    Array(Option<Vec<Vec<u8>>>),
    Other,
}

/// A key of a dictionary with its value.
type Entry<'d> = (&'d [u8], &'d [Item]);

/// Where a token begins that stands within no brackets, and what it is where it is a word.
type Outermost<'t> = (usize, Option<&'t [u8]>);

/// The outermost dictionary of an object, as it is read.
#[derive(Debug, Default)]
struct Dictionary(Vec<Item>);

impl Dictionary {
    /// Takes a token that stands within so many brackets.
    fn take(&mut self, open: &[Bracket], token: &Token<'_>) {
        match (open, token) {
            ([Bracket::Dictionary], Token::Name(name)) => self.0.push(Item::Name(name.clone())),
            ([Bracket::Dictionary], Token::Word(word)) => self.0.push(Item::Word((*word).to_vec())),
            ([Bracket::Dictionary], Token::Open(Bracket::Array)) => self.0.push(Item::Array(Some(Vec::new()))),
            ([Bracket::Dictionary], Token::Text(_) | Token::Open(Bracket::Dictionary)) => self.0.push(Item::Other),
            ([Bracket::Dictionary, Bracket::Array], token) => {
                let Some(Item::Array(names)) = self.0.last_mut() else { return };
                match token {
                    Token::Name(name) => names.iter_mut().for_each(|names| names.push(name.clone())),
                    Token::Close(_) => {}
                    _ => *names = None,
                }
            }
            _ => {}
        }
    }

    /// Its keys with their values; refused where they do not stand in turn.
    fn entries(&self) -> Result<Vec<Entry<'_>>, UploadRefusal> {
        let (mut entries, mut rest) = (Vec::new(), self.0.as_slice());
        while let Some((key, behind)) = rest.split_first() {
            let Item::Name(key) = key else { return Err(UploadRefusal::Damaged) };
            let words = behind.iter().take_while(|item| matches!(item, Item::Word(_))).count();
            let (value, others) = behind.split_at_checked(words.max(1)).ok_or(UploadRefusal::Damaged)?;
            entries.push((key.as_slice(), value));
            rest = others;
        }
        Ok(entries)
    }
}

/// What a stream says of itself.
struct Stream<'d>(Vec<Entry<'d>>);

impl<'d> Stream<'d> {
    fn values(&self, key: &[u8]) -> Vec<&'d [Item]> {
        self.0.iter().filter(|(one, _)| *one == key).map(|(_, value)| *value).collect()
    }

    fn has(&self, key: &[u8]) -> bool {
        !self.values(key).is_empty()
    }

    /// A number that is said once, and not by another object.
    fn number(&self, key: &[u8]) -> Option<usize> {
        match self.values(key).as_slice() {
            [[Item::Word(word)]] if word.iter().all(u8::is_ascii_digit) => std::str::from_utf8(word).ok()?.parse().ok(),
            _ => None,
        }
    }

    /// Whether a table of objects may lead into it: readers go by `First`, whatever type it says to be (7.5.7).
    fn is_packed(&self) -> bool {
        let says_so = |value: &&[Item]| matches!(value, [Item::Name(name)] if name == b"ObjStm");
        self.has(b"First") || self.values(b"Type").iter().any(says_so)
    }

    /// Whether what it holds is compressed, where it is packed in no other way (7.4).
    fn is_deflated(&self) -> Result<bool, UploadRefusal> {
        if self.has(b"DecodeParms") || self.has(b"DP") {
            return Err(UploadRefusal::Closed);
        }
        match self.values(b"Filter").as_slice() {
            [] => Ok(false),
            [[Item::Name(name)]] if is_flate(name) => Ok(true),
            [[Item::Array(Some(names))]] => match names.as_slice() {
                [] => Ok(false),
                [name] if is_flate(name) => Ok(true),
                _ => Err(UploadRefusal::Closed),
            },
            _ => Err(UploadRefusal::Closed),
        }
    }
}

fn is_flate(name: &[u8]) -> bool {
    name == b"FlateDecode" || name == b"Fl"
}

/// Judges the objects of a text: of a file, with how much its packed ones may have, or of a packed stream, which holds no streams. The
/// tokens of such a one that stand within no brackets.
fn objects<'t>(text: &'t [u8], mut left: Option<&mut u64>, watch: &mut Watch) -> Result<Vec<Outermost<'t>>, UploadRefusal> {
    let (mut tokens, mut open, mut outermost) = (Tokens::of(text), Vec::new(), Vec::new());
    let (mut dictionary, mut has_ended) = (Dictionary::default(), false);
    while let Some((at, token)) = tokens.read_next()? {
        let follows_dictionary = std::mem::take(&mut has_ended);
        dictionary.take(&open, &token);
        watch.take(&token)?;
        if open.is_empty() && left.is_none() {
            let word = if let Token::Word(word) = &token { Some(*word) } else { None };
            outermost.push((at, word));
        }
        match token {
            Token::Open(_) if open.len() == DEEPEST => return Err(UploadRefusal::Closed),
            Token::Open(bracket) => {
                if open.is_empty() {
                    dictionary = Dictionary::default();
                }
                open.push(bracket);
            }
            Token::Close(bracket) => {
                if open.pop() != Some(bracket) {
                    return Err(UploadRefusal::Damaged);
                }
                has_ended = open.is_empty() && bracket == Bracket::Dictionary;
            }
            Token::Word(b"stream") => {
                let left = left.as_mut().filter(|_| follows_dictionary).ok_or(UploadRefusal::Damaged)?;
                let stream = Stream(dictionary.entries()?);
                let body = tokens.body(stream.number(b"Length"))?;
                judge_stream(&stream, body, left, watch)?;
            }
            Token::Name(_) | Token::Word(_) | Token::Text(_) => {}
        }
    }
    if open.is_empty() { Ok(outermost) } else { Err(UploadRefusal::Damaged) }
}

/// Judges a stream: its content is of the document, and where it holds objects these are judged, too.
fn judge_stream(stream: &Stream<'_>, body: &[u8], left: &mut u64, watch: &mut Watch) -> Result<(), UploadRefusal> {
    if stream.has(b"F") {
        return Err(UploadRefusal::ActiveContent);
    }
    if !stream.is_packed() {
        return Ok(());
    }
    let mut whole = Vec::new();
    if stream.is_deflated()? {
        let unpacked = ZlibDecoder::new(body).take(*left).read_to_end(&mut whole);
        unpacked.map_err(|_| UploadRefusal::Closed)?;
    } else {
        whole.extend_from_slice(body);
    }
    *left = left.checked_sub(whole.len() as u64).filter(|left| *left > 0).ok_or(UploadRefusal::Closed)?;
    let (first, many) = stream.number(b"First").zip(stream.number(b"N")).ok_or(UploadRefusal::Closed)?;
    require_led(&whole, (first, many), watch)
}

/// Judges packed objects, and refuses those whose table leads elsewhere than to where one was read: each has two numbers, its own and its
/// place behind the table.
fn require_led(whole: &[u8], (first, many): (usize, usize), watch: &mut Watch) -> Result<(), UploadRefusal> {
    let outermost = objects(whole, None, watch)?;
    let table = many.checked_mul(2).and_then(|numbers| outermost.get(..numbers)).ok_or(UploadRefusal::Damaged)?;
    for pair in table.chunks(2) {
        let place = pair.last().and_then(|(_, word)| std::str::from_utf8((*word)?).ok()?.parse::<usize>().ok());
        let place = place.and_then(|place| first.checked_add(place)).ok_or(UploadRefusal::Damaged)?;
        let blanks = whole.get(place..).ok_or(UploadRefusal::Damaged)?.iter().take_while(|byte| is_blank(**byte)).count();
        if outermost.binary_search_by_key(&(place + blanks), |(at, _)| *at).is_err() {
            return Err(UploadRefusal::Damaged);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    fn document(objects: &[u8]) -> Vec<u8> {
        let mut whole = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /OpenAction [2 0 R /Fit] >>\nendobj\n".to_vec();
        whole.extend_from_slice(objects);
        whole.extend_from_slice(b"\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n");
        whole
    }

    /// An object in a packed stream, which is compressed whatever it says.
    fn packed(object: &[u8], filter: &str) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(&[b"4 0 ", object].concat()).unwrap();
        let mut whole = format!("3 0 obj\n<< /Type /Obj#53tm /N 1 /First 4 {filter} >>\nstream\r\n").into_bytes();
        whole.extend_from_slice(&encoder.finish().unwrap());
        whole.extend_from_slice(b"\nendstream\nendobj\n");
        document(&whole)
    }

    /// A stream with what its dictionary says beside its length.
    fn stream(says: &str, body: &str) -> Vec<u8> {
        document(format!("3 0 obj\n<< {says} /Length {} >>\nstream\n{body}\nendstream\nendobj\n", body.len()).as_bytes())
    }

    #[test]
    fn a_document_that_does_nothing_is_taken() {
        assert_eq!(judge(&document(b"")), Ok(()));
        assert_eq!(judge(&stream("/Type /XObject", "/JS /JSX endstream ) 1 0 o")), Ok(()), "a page's text");
        assert_eq!(judge(&packed(b"<< /Type /Font /JSON 1 >>", "/Filter /FlateDecode")), Ok(()));
        assert_eq!(judge(&packed(b"<< /A (/JS \\) >>) >>", "/Filter[/Fl]")), Ok(()), "a string is no name");
        assert_eq!(judge(&stream("/N 2 /First 8", "4 0 5 3 12 \n<</A 1>>")), Ok(()), "places are counted from the first object");
        let later = b"2 0 obj << /Length 5 0 R >>\nstream\n1\nendstream\nendobj\n5 0 obj 1 endobj";
        assert_eq!(judge(&document(later)), Ok(()), "another object tells how long it is");
    }

    #[test]
    fn what_does_something_is_refused_wherever_it_stands() {
        for object in
            ["/S /JavaScript /JS (app.alert(1))", "/S /J#61vaScript", "/S/Launch", "/EmbeddedFiles 5 0 R", "/XFA[]", "/JS<00>"]
        {
            let open = format!("2 0 obj << {object} >> endobj");
            assert_eq!(judge(&document(open.as_bytes())), Err(UploadRefusal::ActiveContent), "{object}");
            let hidden = packed(object.as_bytes(), "/Filter /FlateDecode");
            assert_eq!(judge(&hidden), Err(UploadRefusal::ActiveContent), "{object}");
        }
        let link = "<</A <</S /URI /URI <66696C653A2F2F2F65746326>>> >>";
        assert_eq!(
            judge(&packed(link.as_bytes(), "/Filter /FlateDecode")),
            Err(UploadRefusal::ActiveContent),
            "a file's address"
        );
        assert_eq!(judge(&stream("/F (other.pdf)", "1")), Err(UploadRefusal::ActiveContent), "its content is another file's");
        assert_eq!(judge(&document(b"/Encrypt 5 0 R")), Err(UploadRefusal::Closed));
        assert_eq!(judge(&packed(b"/A", "/Filter [/ASCIIHexDecode /FlateDecode]")), Err(UploadRefusal::Closed));
        for opaque in
            ["/Filter 7 0 R", "/Filter [7 0 R]", "/Filter /FlateDecode /Filter /Crypt", "/Filter /Fl /DecodeParms << >>"]
        {
            assert_eq!(judge(&packed(b"/A", opaque)), Err(UploadRefusal::Closed), "{opaque}");
        }
    }

    const SCRIPT: &str = "<</S/JavaScript/JS(app.alert(1))>>";

    #[test]
    fn nothing_hides_what_does_something_from_whoever_reads_it_by_its_tokens() {
        for (before, behind) in [("<</A(>>stream\n)>>", "<</B(endstream)>>"), ("<</A 1%>>stream\n>>", "<</B(endstream)>>")] {
            let objects = format!("4 0 obj {before}\nendobj\n5 0 obj {SCRIPT}\nendobj\n6 0 obj {behind}\nendobj");
            assert_eq!(judge(&document(objects.as_bytes())), Err(UploadRefusal::ActiveContent), "{before}");
        }
        let body = format!("4 0 <</A(endstream)/B{SCRIPT}>>");
        for says in ["/Type /ObjStm /N 1 /First 4", "/N 1 /F#69rst 4"] {
            assert_eq!(judge(&stream(says, &body)), Err(UploadRefusal::ActiveContent), "{says}");
        }
        let unsaid = format!("3 0 obj << /Type /ObjStm /N 1 /First 4 >>\nstream\n{body}\nendstream\nendobj");
        assert_eq!(judge(&document(unsaid.as_bytes())), Err(UploadRefusal::Damaged), "it ends within a string");
        // A table leads into what is read as a string, as a comment, or as what a stream holds.
        let within = format!("5 0 obj {SCRIPT} endobj").replace('(', "\\(").replace(')', "\\)");
        for object in [format!("4 0 obj ({within}) endobj"), format!("%{within}\n")] {
            assert_eq!(judge(&document(object.as_bytes())), Err(UploadRefusal::Damaged), "{object}");
        }
        assert_eq!(judge(&stream("", &within)), Err(UploadRefusal::Damaged));
        let script = SCRIPT.replace('(', "\\(").replace(')', "\\)");
        assert_eq!(judge(&stream("/N 1 /First 4", &format!("4 1 ({script})"))), Err(UploadRefusal::Damaged));
        assert_eq!(judge(&stream("/N 1 /First 4 0 R", "4 0 1")), Err(UploadRefusal::Closed));
        assert_eq!(judge(&stream("/N 3 /First 4", "4 0 1")), Err(UploadRefusal::Damaged));
    }

    #[test]
    fn what_cannot_be_followed_is_refused() {
        for broken in [
            "4 0 obj << /A [1 >> endobj",
            "4 0 obj ]",
            "4 0 obj (",
            "stream\n1\nendstream",
            "4 0 obj << /A 1 >>\nendobj stream\n1\nendstream",
        ] {
            assert_eq!(judge(&document(broken.as_bytes())), Err(UploadRefusal::Damaged), "{broken}");
        }
        assert_eq!(judge(&stream("1 /A", "1")), Err(UploadRefusal::Damaged), "no key");
        let deep = "[".repeat(DEEPEST + 1) + &"]".repeat(DEEPEST + 1);
        assert_eq!(judge(&document(deep.as_bytes())), Err(UploadRefusal::Closed));
    }

    #[test]
    fn what_is_cut_off_or_goes_on_is_refused() {
        let whole = document(b"");
        assert_eq!(judge(&whole[..whole.len() - 8]), Err(UploadRefusal::Damaged));
        assert_eq!(judge(&[whole.as_slice(), b"PK\x03\x04"].concat()), Err(UploadRefusal::Damaged));
        assert_eq!(judge(&[whole.as_slice(), whole.as_slice()].concat()), Err(UploadRefusal::Damaged), "two in one");
        assert_eq!(judge(&document(b"2 0 obj << >>\nstream\n1")), Err(UploadRefusal::Damaged));
        let bomb = packed(&vec![b' '; 70 * 1024 * 1024], "/Filter /FlateDecode");
        assert_eq!(judge(&bomb), Err(UploadRefusal::Closed));
    }
}
