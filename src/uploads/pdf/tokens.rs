//! The tokens of a PDF (ISO 32000-2, 7.2 and 7.3), as every reader of it must part them; and what stands between them, in which no
//! object may begin.

use super::super::model::UploadRefusal;

/// What encloses others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bracket {
    Array,
    Dictionary,
}

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Token<'c> {
    Open(Bracket),
    Close(Bracket),
    /// With what stands in it as #4a read as what it is (7.3.5).
    Name(Vec<u8>),
    /// A number or a keyword.
    Word(&'c [u8]),
    /// What a string says, in brackets or in hexadecimal (7.3.4).
    Text(Vec<u8>),
}

const END_STREAM: &[u8] = b"endstream";

/// The tokens of a text, from its beginning on.
pub struct Tokens<'c> {
    text: &'c [u8],
    at: usize,
}

impl<'c> Tokens<'c> {
    pub fn of(text: &'c [u8]) -> Self {
        Self { text, at: 0 }
    }

    /// The next token, and where it begins; `None` at the end. Refuses what is no token, and where an object could begin within one.
    pub fn read_next(&mut self) -> Result<Option<(usize, Token<'c>)>, UploadRefusal> {
        loop {
            let Some(byte) = self.text.get(self.at).copied() else { return Ok(None) };
            if byte == b'%' {
                let end = self.end_of(self.at, |byte| matches!(byte, b'\r' | b'\n'));
                self.pass(end)?;
            } else if is_blank(byte) {
                self.at += 1;
            } else {
                let from = self.at;
                return Ok(Some((from, self.read(byte)?)));
            }
        }
    }

    fn read(&mut self, first: u8) -> Result<Token<'c>, UploadRefusal> {
        let is_double = self.text.get(self.at + 1) == Some(&first);
        match first {
            b'(' => {
                let (from, end) = (self.at + 1, self.end_of_string()?);
                self.pass(end)?;
                Ok(Token::Text(read_string(&self.text[from..end - 1])))
            }
            b'<' if !is_double => {
                let (from, end) = (self.at + 1, self.end_of(self.at, |byte| byte == b'>') + 1);
                self.pass(end)?;
                read_hexadecimal(&self.text[from..end - 1]).map(Token::Text)
            }
            b'<' => Ok(self.step(2, Token::Open(Bracket::Dictionary))),
            b'>' if is_double => Ok(self.step(2, Token::Close(Bracket::Dictionary))),
            b'[' => Ok(self.step(1, Token::Open(Bracket::Array))),
            b']' => Ok(self.step(1, Token::Close(Bracket::Array))),
            b'/' => {
                let end = self.end_of(self.at + 1, |byte| !is_regular(byte));
                let name = read_name(&self.text[self.at + 1..end]);
                self.at = end;
                Ok(Token::Name(name))
            }
            byte if is_regular(byte) => {
                let end = self.end_of(self.at, |byte| !is_regular(byte));
                let word = &self.text[self.at..end];
                self.at = end;
                Ok(Token::Word(word))
            }
            _ => Err(UploadRefusal::Damaged),
        }
    }

    fn step(&mut self, by: usize, token: Token<'c>) -> Token<'c> {
        self.at += by;
        token
    }

    /// Where the first such byte stands from a place on, or the end.
    fn end_of(&self, from: usize, is_end: impl Fn(u8) -> bool) -> usize {
        self.text[from..].iter().position(|byte| is_end(*byte)).map_or(self.text.len(), |at| from + at)
    }

    /// Passes over what is no token to be read, as far as a place.
    fn pass(&mut self, end: usize) -> Result<(), UploadRefusal> {
        let passed = self.text.get(self.at..end).ok_or(UploadRefusal::Damaged)?;
        self.at = end;
        require_no_object(passed)
    }

    /// Behind the bracket that closes the string that begins here (7.3.4.2).
    fn end_of_string(&self) -> Result<usize, UploadRefusal> {
        let (mut depth, mut is_escaped) = (0_usize, false);
        for (at, byte) in self.text.iter().enumerate().skip(self.at) {
            match byte {
                _ if is_escaped => is_escaped = false,
                b'\\' => is_escaped = true,
                b'(' => depth += 1,
                b')' if depth == 1 => return Ok(at + 1),
                b')' => depth -= 1,
                _ => {}
            }
        }
        Err(UploadRefusal::Damaged)
    }

    /// What a stream holds whose keyword was the last token (7.3.8): as long as its dictionary says where its end stands there, else as far
    /// as the first end. What stands behind that is read as objects, so that none is passed over which another reader finds.
    pub fn body(&mut self, length: Option<usize>) -> Result<&'c [u8], UploadRefusal> {
        let line = self.end_of(self.at, |byte| !matches!(byte, b' ' | b'\t'));
        let from = match self.text.get(line..) {
            Some([b'\r', b'\n', ..]) => line + 2,
            Some([b'\r' | b'\n', ..]) => line + 1,
            _ => return Err(UploadRefusal::Damaged),
        };
        let stated = length.and_then(|length| from.checked_add(length)).filter(|end| self.ends_at(*end));
        let end = match stated {
            Some(end) => end,
            None => find(self.text, END_STREAM, from).ok_or(UploadRefusal::Damaged)?,
        };
        let body = &self.text[from..end];
        self.at = self.end_of(end, |byte| !is_blank(byte)) + END_STREAM.len();
        require_no_object(body)?;
        Ok(body)
    }

    /// Whether the end of a stream stands at a place, behind blanks alone.
    fn ends_at(&self, end: usize) -> bool {
        let Some(rest) = self.text.get(end..) else { return false };
        let blanks = rest.iter().take_while(|byte| is_blank(**byte)).count();
        rest[blanks..].starts_with(END_STREAM)
    }
}

/// Comments that are gone back over at most; behind more of them an object may begin.
const STEPS: usize = 100;

/// Refuses bytes that are read as no object where one could begin in them, or a trailer: a table of objects may lead there, and whoever
/// mends a damaged file looks for them everywhere.
fn require_no_object(bytes: &[u8]) -> Result<(), UploadRefusal> {
    let mut from = 0;
    while let Some(at) = find(bytes, b"obj", from) {
        let mut steps = STEPS;
        if follows_numbers(bytes, at, 2, &mut steps) {
            return Err(UploadRefusal::Damaged);
        }
        from = at + 1;
    }
    let mut from = 0;
    while let Some(at) = find(bytes, b"trailer", from) {
        from = at + b"trailer".len();
        let rest = bytes[from..].iter().position(|byte| !is_blank(*byte)).map_or(&[][..], |blanks| &bytes[from + blanks..]);
        if rest.starts_with(b"<<") || rest.starts_with(b"%") {
            return Err(UploadRefusal::Damaged);
        }
    }
    Ok(())
}

/// Whether so many numbers stand right before a place, with nothing but blanks and comments between.
fn follows_numbers(bytes: &[u8], end: usize, many: usize, steps: &mut usize) -> bool {
    let before = &bytes[..end];
    let blanks = before.iter().rev().take_while(|byte| is_blank(**byte)).count();
    let (text, gap) = before.split_at(end - blanks);
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    if digits > 0 {
        return many == 1 || follows_numbers(bytes, text.len() - digits, many - 1, steps);
    }
    if !gap.iter().any(|byte| is_line_break(*byte)) {
        return false;
    }
    // Each mark in the line before may begin a comment.
    let line = text.iter().rposition(|byte| is_line_break(*byte)).map_or(0, |at| at + 1);
    (line..text.len()).rev().filter(|at| text[*at] == b'%').any(|at| {
        let is_too_far = *steps == 0;
        *steps = steps.saturating_sub(1);
        is_too_far || follows_numbers(bytes, at, many, steps)
    })
}

/// What a string in brackets says: a backslash stands before a sign of its own, or a byte in octal.
fn read_string(raw: &[u8]) -> Vec<u8> {
    let (mut said, mut rest) = (Vec::with_capacity(raw.len()), raw);
    while let Some((byte, behind)) = rest.split_first() {
        rest = behind;
        if *byte != b'\\' {
            said.push(*byte);
            continue;
        }
        let digits = rest.iter().take(3).take_while(|byte| matches!(byte, b'0'..=b'7')).count();
        if digits > 0 {
            // What goes beyond a byte is left out.
            said.push(rest[..digits].iter().fold(0, |code: u8, digit| code.wrapping_mul(8).wrapping_add(digit - b'0')));
            rest = &rest[digits..];
            continue;
        }
        let Some((sign, behind)) = rest.split_first() else { break };
        rest = behind;
        match sign {
            b'n' => said.push(b'\n'),
            b'r' => said.push(b'\r'),
            b't' => said.push(b'\t'),
            b'b' => said.push(0x08),
            b'f' => said.push(0x0c),
            // The string goes on in the next line.
            b'\r' => rest = rest.strip_prefix(b"\n").unwrap_or(rest),
            b'\n' => {}
            other => said.push(*other),
        }
    }
    said
}

/// What a string in hexadecimal says; where a digit is missing at the end it is 0. Of what is no digit each reader makes something else.
fn read_hexadecimal(raw: &[u8]) -> Result<Vec<u8>, UploadRefusal> {
    let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let digits: Option<Vec<u8>> = raw.iter().filter(|byte| !is_blank(**byte)).map(digit).collect();
    let digits = digits.ok_or(UploadRefusal::Damaged)?;
    Ok(digits.chunks(2).map(|pair| pair[0] * 16 + pair.get(1).copied().unwrap_or(0)).collect())
}

fn read_name(raw: &[u8]) -> Vec<u8> {
    let (mut name, mut at) = (Vec::with_capacity(raw.len()), 0);
    while let Some(byte) = raw.get(at) {
        let code = raw.get(at + 1..at + 3).filter(|_| *byte == b'#');
        let code = code.and_then(|code| u8::from_str_radix(std::str::from_utf8(code).ok()?, 16).ok());
        name.push(code.unwrap_or(*byte));
        at += if code.is_some() { 3 } else { 1 };
    }
    name
}

fn is_regular(byte: u8) -> bool {
    !is_blank(byte) && !b"()<>[]{}/%".contains(&byte)
}

pub fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn is_line_break(byte: u8) -> bool {
    matches!(byte, b'\r' | b'\n')
}

pub fn find(content: &[u8], word: &[u8], from: usize) -> Option<usize> {
    content.get(from..)?.windows(word.len()).position(|some| some == word).map(|at| from + at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(text: &[u8]) -> Result<Vec<Token<'_>>, UploadRefusal> {
        let (mut tokens, mut all) = (Tokens::of(text), Vec::new());
        while let Some((_, token)) = tokens.read_next()? {
            all.push(token);
        }
        Ok(all)
    }

    #[test]
    fn tokens_are_parted_as_the_standard_says() {
        use Bracket::{Array, Dictionary};
        use Token::{Close, Name, Open, Text, Word};
        let text = b"7 0 obj<</J#53 [(a\\)(b)>>) <3C>]/K%>>\n/L>>endobj";
        let wanted = vec![
            Word(b"7"),
            Word(b"0"),
            Word(b"obj"),
            Open(Dictionary),
            Name(b"JS".to_vec()),
            Open(Array),
            Text(b"a)(b)>>".to_vec()),
            Text(b"<".to_vec()),
            Close(Array),
            Name(b"K".to_vec()),
            Name(b"L".to_vec()),
            Close(Dictionary),
            Word(b"endobj"),
        ];
        assert_eq!(all(text), Ok(wanted));
        for broken in [b"(a".as_slice(), b"(a\\)", b"<3C", b"<3G>", b")", b">", b"{"] {
            assert_eq!(all(broken), Err(UploadRefusal::Damaged), "{broken:?}");
        }
    }

    #[test]
    fn a_string_says_the_same_however_it_is_spelled() {
        for spelled in [
            b"(file:///a)".as_slice(),
            b"(\\146ile:\\57/\\57a)",
            b"(fi\\\r\nle\\:///\\141)",
            b"<66696C653a2F2F2F61>",
            b"<66 69\n6c 65 3A 2f2f2f 61>",
        ] {
            assert_eq!(all(spelled), Ok(vec![Token::Text(b"file:///a".to_vec())]), "{}", String::from_utf8_lossy(spelled));
        }
        assert_eq!(all(b"(\\n\\t\\(\\1\\0501)<4>"), Ok(vec![Token::Text(b"\n\t(\x01(1".to_vec()), Token::Text(b"@".to_vec())]));
    }

    #[test]
    fn no_object_and_no_trailer_begins_where_none_is_read() {
        for hidden in [
            b"(5 0 obj <</A 1>>)".as_slice(),
            b"<5 0 obj>",
            b"%5 0 obj",
            b"(5 %x\n0 obj)",
            b"(5 0%x\r%y\nobj)",
            b"(12 0obj)",
            b"(trailer <</Root 5 0 R>>)",
            b"(trailer%x\n<<)",
        ] {
            assert_eq!(all(hidden), Err(UploadRefusal::Damaged), "{}", String::from_utf8_lossy(hidden));
        }
        let chain = [b"(5".as_slice(), &b" %\n".repeat(1000), b"0 obj)"].concat();
        assert_eq!(all(&chain), Err(UploadRefusal::Damaged), "nor behind whatever many comments");
        for harmless in [b"(3 objects, 5 obj, a trailer)".as_slice(), b"%obj", b"(x\n0 obj)", b"(a 7\nb\n0 obj)", b"5 0 obj (a)"]
        {
            assert!(all(harmless).is_ok(), "{}", String::from_utf8_lossy(harmless));
        }
    }

    #[test]
    fn a_stream_ends_where_its_length_says_and_else_at_its_first_end() {
        let body = |text: &'static [u8], length: Option<usize>| {
            let mut tokens = Tokens::of(text);
            tokens.read_next().unwrap();
            let body = tokens.body(length)?;
            Ok::<_, UploadRefusal>((body, tokens.read_next()?.map(|(_, token)| token)))
        };
        let held = b"stream\r\n1 endstream 2\nendstream\nendobj".as_slice();
        assert_eq!(body(held, Some(13)), Ok((b"1 endstream 2".as_slice(), Some(Token::Word(b"endobj")))));
        for other in [None, Some(5), Some(usize::MAX)] {
            assert_eq!(body(held, other), Ok((b"1 ".as_slice(), Some(Token::Word(b"2")))), "{other:?}");
        }
        for (broken, length) in
            [(b"stream 1\nendstream".as_slice(), None), (b"stream\n1", None), (b"stream\n5 0 obj\nendstream", Some(7))]
        {
            assert_eq!(body(broken, length), Err(UploadRefusal::Damaged), "{}", String::from_utf8_lossy(broken));
        }
    }
}
