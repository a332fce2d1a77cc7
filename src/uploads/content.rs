//! What a content is, by its bytes and not by what was said, and what is kept of it.

use super::model::{MediaType, UploadRefusal};
use super::{images, pdf};

const JPEG: &[u8] = &[0xff, 0xd8, 0xff];
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const PDF: &[u8] = b"%PDF-";

/// What is kept of a content of that type, or why it is not taken.
pub fn kept(said: MediaType, content: Vec<u8>, pixels: u64) -> Result<Vec<u8>, UploadRefusal> {
    if found(&content) != Some(said) {
        return Err(UploadRefusal::WrongType);
    }
    match said {
        MediaType::Jpeg => images::jpeg(&content, pixels),
        MediaType::Png => images::png(&content, pixels),
        MediaType::Pdf => pdf::judge(&content).map(|()| content),
        MediaType::Plain => Ok(content),
    }
}

/// The type that its first bytes tell; a text has no signs that are none.
fn found(content: &[u8]) -> Option<MediaType> {
    let marks = [(JPEG, MediaType::Jpeg), (PNG, MediaType::Png), (PDF, MediaType::Pdf)];
    let marked = marks.into_iter().find(|(mark, _)| content.starts_with(mark)).map(|(_, kind)| kind);
    let is_text = || {
        let breaks = |c: char| matches!(c, '\n' | '\r' | '\t' | '\u{c}');
        std::str::from_utf8(content).is_ok_and(|text| !text.chars().any(|c| c.is_control() && !breaks(c)))
    };
    marked.or_else(|| is_text().then_some(MediaType::Plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_content_is_what_its_bytes_are() {
        assert_eq!(found("一行文字\r\n".as_bytes()), Some(MediaType::Plain));
        assert_eq!(found(b"%PDF-1.7 "), Some(MediaType::Pdf));
        for nothing in [b"GIF89a\x01".as_slice(), b"PK\x03\x04", b"\xff\xfeh\0", b"MZ\x90\0", b"\x1b[31m"] {
            assert_eq!(found(nothing), None, "{nothing:?}");
        }
        assert_eq!(kept(MediaType::Jpeg, b"<html>".to_vec(), 1), Err(UploadRefusal::WrongType));
    }
}
