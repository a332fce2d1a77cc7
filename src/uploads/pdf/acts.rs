//! What the objects of a PDF do, by the keys of their dictionaries and the kinds of their actions (ISO 32000-2, 12.6), wherever they stand:
//! a document goes to a place within itself, and to an address of the web or of mail where somebody clicks a link. Nothing else is done by
//! one, and nothing is done by itself.

use super::super::model::UploadRefusal;
use super::tokens::{Bracket, Token};

/// Names of objects that do something, or hold files, whatever names them (12.6.4, 7.11.4 and 13).
const ACTIVE: [&[u8]; 20] = [
    b"JavaScript",
    b"JS",
    b"Launch",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"FileAttachment",
    b"Filespec",
    b"FileSpec",
    b"RichMedia",
    b"RichMediaExecute",
    b"XFA",
    b"SubmitForm",
    b"ImportData",
    b"GoToE",
    b"GoToR",
    b"Rendition",
    b"Movie",
    b"Sound",
    b"3D",
    b"U3D",
];

/// Keys under which files and programs hang, whatever these say of themselves, and what is done without a click.
const KEYS: [&[u8]; 7] = [b"AA", b"AF", b"EF", b"FS", b"OPI", b"OnInstantiate", b"PresSteps"];

/// Kinds of actions that somebody may have clicked: to a place within the document, and to an address.
const CLICKED: [&[u8]; 2] = [b"GoTo", URI];
const URI: &[u8] = b"URI";
/// How addresses begin to which a link may lead (12.6.4.8): of the web, and of mail. Whatever is of another scheme opens a file or a program
/// of whoever clicks it, and an address without one is read by that of the document, which may be a file's.
const SCHEMES: [&[u8]; 3] = [b"http://", b"https://", b"mailto:"];
/// Further kinds, whose names mean something else elsewhere.
const OTHERS: [&[u8]; 8] = [b"GoToDp", b"GoTo3DView", b"Thread", b"Hide", b"Named", b"ResetForm", b"SetOCGState", b"Trans"];

/// An array or a dictionary that is open.
#[derive(Debug)]
struct Frame {
    bracket: Bracket,
    /// The key of a dictionary whose value it is.
    under: Option<Vec<u8>>,
    key: Option<Vec<u8>>,
    has_value: bool,
    /// What it says under `S`: of an action its kind.
    kinds: Vec<Vec<u8>>,
    /// It leads to a further one.
    goes_on: bool,
}

/// What was seen of a document.
#[derive(Debug, Default)]
pub struct Watch {
    open: Vec<Frame>,
    /// What is done when it is opened stands elsewhere.
    opens_another: bool,
    /// An address to which something leads from elsewhere.
    has_lone_link: bool,
}

impl Watch {
    /// Takes the next token.
    pub fn take(&mut self, token: &Token<'_>) -> Result<(), UploadRefusal> {
        if let Token::Name(name) = token {
            require_harmless(name)?;
        }
        if let Token::Close(_) = token {
            return self.open.pop().map_or(Ok(()), |closed| self.close(&closed));
        }
        let under = self.note(token)?;
        if let Token::Open(bracket) = token {
            let (bracket, key, kinds) = (*bracket, None, Vec::new());
            self.open.push(Frame { bracket, under, key, has_value: false, kinds, goes_on: false });
        }
        Ok(())
    }

    /// Refuses a document that may lead to an address when it is opened.
    pub fn end(&self) -> Result<(), UploadRefusal> {
        if self.opens_another && self.has_lone_link { Err(UploadRefusal::ActiveContent) } else { Ok(()) }
    }

    /// Notes a key or a value of the innermost dictionary; of a value its key.
    fn note(&mut self, token: &Token<'_>) -> Result<Option<Vec<u8>>, UploadRefusal> {
        let Some(frame) = self.open.last_mut().filter(|frame| frame.bracket == Bracket::Dictionary) else { return Ok(None) };
        let is_key = matches!(token, Token::Name(_)) && (frame.key.is_none() || frame.has_value);
        if let (Token::Name(name), true) = (token, is_key) {
            frame.goes_on |= name == b"Next";
            (frame.key, frame.has_value) = (Some(name.clone()), false);
            return if KEYS.contains(&name.as_slice()) { Err(UploadRefusal::ActiveContent) } else { Ok(None) };
        }
        let Some(key) = frame.key.clone() else { return Ok(None) };
        let is_first = !std::mem::replace(&mut frame.has_value, true);
        match (key.as_slice(), token) {
            (_, Token::Word(b"null")) => {}
            (b"S", Token::Name(kind)) if OTHERS.contains(&kind.as_slice()) => return Err(UploadRefusal::ActiveContent),
            (b"S", Token::Name(kind)) => frame.kinds.push(kind.clone()),
            // What it does is said elsewhere; what it holds is another document's.
            (b"S", Token::Word(_)) => return Err(UploadRefusal::ActiveContent),
            (b"Ref", token) if *token != Token::Open(Bracket::Array) => return Err(UploadRefusal::ActiveContent),
            (b"OpenAction", Token::Word(_)) => self.opens_another = true,
            // Under the same key a document says how its addresses begin that have no scheme.
            (URI, Token::Open(Bracket::Dictionary)) => {}
            (URI, Token::Text(address)) if is_of_web_or_mail(address) => {}
            // To elsewhere; or what it leads to is said elsewhere.
            (URI, _) => return Err(UploadRefusal::ActiveContent),
            _ => {}
        }
        Ok(Some(key).filter(|_| is_first))
    }

    /// Judges an action, where that is what has ended.
    fn close(&mut self, closed: &Frame) -> Result<(), UploadRefusal> {
        let says = |kind: &[u8]| closed.kinds.iter().any(|one| one == kind);
        let is_clicked = closed.kinds.iter().all(|kind| CLICKED.contains(&kind.as_slice()));
        let goes_on = closed.goes_on && CLICKED.iter().any(|kind| says(kind));
        let is_active = match closed.under.as_deref() {
            Some(b"OpenAction") => closed.bracket == Bracket::Dictionary && (says(URI) || !is_clicked),
            Some(b"A") => !is_clicked,
            _ => says(URI) && !self.open.is_empty(),
        };
        self.has_lone_link |= says(URI) && self.open.is_empty();
        if is_active || goes_on { Err(UploadRefusal::ActiveContent) } else { Ok(()) }
    }
}

/// Whether a link may lead there: by the scheme, as every reader finds it.
fn is_of_web_or_mail(address: &[u8]) -> bool {
    let begins_so = |scheme: &&[u8]| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    SCHEMES.iter().any(begins_so) && !address.iter().any(u8::is_ascii_control)
}

/// Refuses a name of what does something, or is encrypted.
fn require_harmless(name: &[u8]) -> Result<(), UploadRefusal> {
    match name {
        b"Encrypt" => Err(UploadRefusal::Closed),
        name if ACTIVE.contains(&name) => Err(UploadRefusal::ActiveContent),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::tokens::Tokens;
    use super::*;

    fn judge(text: &str) -> Result<(), UploadRefusal> {
        let (mut tokens, mut watch) = (Tokens::of(text.as_bytes()), Watch::default());
        while let Some((_, token)) = tokens.read_next()? {
            watch.take(&token)?;
        }
        watch.end()
    }

    #[test]
    fn what_somebody_clicks_and_what_stays_within_the_document_is_taken() {
        for text in [
            "<</Type/Annot/Subtype/Link/F 4/A<</Type/Action/S/URI/URI(https://example.org)>>>>",
            "<</Subtype/Link/A 5 0 R>> <</S/URI/URI(https://example.org)>>",
            "<</OpenAction 5 0 R>> <</S/GoTo/D[2 0 R/Fit]>> <</Subtype/Link/A<</S/URI/URI(https://example.org)>>>>",
            "<</OpenAction<</S/GoTo/D(a)>>>>",
            "<</OpenAction null>> <</S/URI/URI(https://example.org)>>",
            "<</Title(a)/A<</S/GoTo/D(a)>>/Next 7 0 R/Prev 8 0 R>>",
            "<</S/P/A<</O/Layout/Placement/Block>>/Ref[7 0 R]>> <</S/Transparency/CS/DeviceRGB>> <</BM/Screen>>",
            "<</W 1/S/S>> <</S/D/St 1>> <</Type/Thread/I<</Title(a)>>>>",
            "<</A<</S/URI/URI(HTTP\\072//example.org/a\\(1\\))>>>> <</A<</S/URI/URI<6D61696C746F3A61406578616D706C652E6F7267>>>>>",
            "<</Type/Catalog/URI<</Base(https://example.org)>>>> <</A<</S/URI/URI null>>>>",
        ] {
            assert_eq!(judge(text), Ok(()), "{text}");
        }
    }

    #[test]
    fn whatever_else_does_something_or_holds_files_is_refused() {
        for text in [
            "<</Annots[<</Subtype/FileAttachment>>]>>",
            "<</FS<</F(evil.exe)/EF<</F 5 0 R>>>>>>",
            "<</F(evil.exe)/EF<</F 5 0 R>>>>",
            "<</Type/Catalog/AF[4 0 R]>>",
            "<</Subtype/3#44/3DD 5 0 R>>",
            "<</OnInstantiate 6 0 R>>",
            "<</OpenAction<</S/URI/URI(https://example.org)>>>>",
            "<</OpenAction<</S/GoTo/D(a)/Next<</S/URI/URI(https://example.org)>>>>>>",
            "<</OpenAction[<</S/URI/URI(https://example.org)>>]>>",
            "<</OpenAction 5 0 R>> <</S/URI/URI(https://example.org)>>",
            "<</S/URI/URI(https://example.org)>> <</OpenAction 5 0 R>>",
            "<</OpenAction 5 0 R>> <</S/GoTo/D(a)/Next 6 0 R>>",
            "<</S/GoTo/S/URI/OpenAction 5 0 R>>",
            "<</AA<</O<</S/GoTo/D(a)>>>>>>",
            "<</A<</S/Thread/F(\\\\\\\\evil\\\\share\\\\a.pdf)>>>>",
            "<</S/Thread/D 1>>",
            "<</Ref<</F<</FS/URL/F(https://example.org)>>>>>>",
            "<</Ref 7 0 R>>",
            "<</OPI<</2.0<</F(a)>>>>>>",
            "<</S/Sound/Sound 5 0 R>>",
            "<</S/Named/N/Print>>",
            "<</S 7 0 R>>",
            "<</A<</S/Unheard>>>>",
            "<</S/Hide/T(a)>>",
            "<</PresSteps 5 0 R>>",
            "<</A<</S/URI/URI(file:///etc/passwd)>>>>",
            "<</A<</S/URI/URI(javascript:alert\\(1\\))>>>>",
            "<</A<</S/URI/URI(\\146\\151\\154\\145:///etc/passwd)>>>>",
            "<</A<</S/URI/URI<66696C653A2F2F2F6574632F706173737764>>>>>",
            "<</A<</S/U#52I/#55RI(FILE:c:\\\\a.exe)>>>>",
            "<</A<</S/URI/URI( https://example.org)>>>>",
            "<</A<</S/URI/URI(java\\\nscript:alert)>>>>",
            "<</A<</S/URI/URI(\\376\\377\\000h\\000t\\000t\\000p\\000:\\000/\\000/)>>>>",
            "<</A<</S/URI/URI(http:a.hta)>>>>",
            "<</A<</S/URI/URI(a.hta)>>>>",
            "<</A<</S/URI/URI()>>>>",
            "<</A<</S/URI/URI 7 0 R>>>>",
            "<</A<</S/URI/URI/file>>>>",
            "<</A<</S/URI/URI(https://example.org)/URI(tel:113)>>>>",
            "<</A 5 0 R>> <</S/URI/URI(ms-word:ofe|u|a.doc)>>",
        ] {
            assert_eq!(judge(text), Err(UploadRefusal::ActiveContent), "{text}");
        }
        assert_eq!(judge("<</Encrypt 5 0 R>>"), Err(UploadRefusal::Closed));
    }
}
