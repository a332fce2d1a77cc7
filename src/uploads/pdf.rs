//! PDF: kept as it came, where it is whole and neither runs programs, opens or sends anything, nor holds files, as far as its objects
//! tell, those in packed streams of objects too. Its metadata, and what stands within fonts, images and pages, is not looked at.

use std::io::Read;

use flate2::read::ZlibDecoder;

use super::model::UploadRefusal;

/// Names of objects that do something, or hold files (ISO 32000-2, 12.6.4 and 7.11.4).
const ACTIVE: [&[u8]; 13] = [
    b"JavaScript",
    b"JS",
    b"Launch",
    b"EmbeddedFile",
    b"EmbeddedFiles",
    b"RichMedia",
    b"XFA",
    b"SubmitForm",
    b"ImportData",
    b"GoToE",
    b"GoToR",
    b"Rendition",
    b"Movie",
];
const HEAD: &[u8] = b"%PDF-";
const END: &[u8] = b"%%EOF";
const STREAM: &[u8] = b"stream";
const END_STREAM: &[u8] = b"endstream";
/// Bytes that packed objects may have in all: a document of a thousand pages has some MB of them.
const UNPACKED: u64 = 64 * 1024 * 1024;

/// Refuses a PDF that is cut off, goes on behind its end, is encrypted, or does anything.
pub fn judge(content: &[u8]) -> Result<(), UploadRefusal> {
    let end = last(content, END).ok_or(UploadRefusal::Damaged)?;
    if !content[end + END.len()..].iter().all(|byte| is_blank(*byte)) || count(content, HEAD) != 1 {
        return Err(UploadRefusal::Damaged);
    }
    let (mut at, mut left) = (0, UNPACKED);
    loop {
        let Some(begins) = next_stream(content, at) else { return objects(&content[at..]) };
        objects(&content[at..begins])?;
        let body = after_line(content, begins + STREAM.len());
        let ends = find(content, END_STREAM, body).ok_or(UploadRefusal::Damaged)?;
        let dictionary = names_of(dictionary_before(content, at, begins));
        if dictionary.iter().any(|name| name == b"ObjStm") {
            left -= packed(&content[body..ends], &dictionary, left)?;
        }
        at = ends + END_STREAM.len();
    }
}

/// Judges the objects of a packed stream; their size.
fn packed(body: &[u8], dictionary: &[Vec<u8>], most: u64) -> Result<u64, UploadRefusal> {
    let filters: Vec<&Vec<u8>> = dictionary.iter().filter(|name| is_filter(name)).collect();
    let whole = match filters.as_slice() {
        [] => body.to_vec(),
        [only] if only.as_slice() == b"FlateDecode" => {
            let mut whole = Vec::new();
            let unpacked = ZlibDecoder::new(body).take(most).read_to_end(&mut whole);
            unpacked.map_err(|_| UploadRefusal::Closed)?;
            whole
        }
        _ => return Err(UploadRefusal::Closed),
    };
    let size = whole.len() as u64;
    if size >= most {
        return Err(UploadRefusal::Closed);
    }
    objects(&whole)?;
    Ok(size)
}

/// Whether a name is one of a filter, in its long or short form (7.4).
fn is_filter(name: &[u8]) -> bool {
    name.ends_with(b"Decode")
        || name == b"Crypt"
        || [b"AHx".as_slice(), b"A85", b"LZW", b"Fl", b"RL", b"CCF", b"DCT"].contains(&name)
}

/// Refuses objects that do something, or are encrypted.
fn objects(text: &[u8]) -> Result<(), UploadRefusal> {
    for name in names_of(text) {
        if name == b"Encrypt" {
            return Err(UploadRefusal::Closed);
        }
        if ACTIVE.contains(&name.as_slice()) {
            return Err(UploadRefusal::ActiveContent);
        }
    }
    Ok(())
}

/// Every name in a text, with what stands in it as #4a read as what it is (7.3.5).
fn names_of(text: &[u8]) -> Vec<Vec<u8>> {
    let mut names = Vec::new();
    for part in text.split(|byte| *byte == b'/').skip(1) {
        let raw = part.iter().position(|byte| is_blank(*byte) || b"()<>[]{}/%".contains(byte)).map_or(part, |end| &part[..end]);
        names.push(read_name(raw));
    }
    names
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

/// Where the next stream begins: the word behind a dictionary, at the end of its line.
fn next_stream(content: &[u8], from: usize) -> Option<usize> {
    let mut at = from;
    loop {
        let found = find(content, STREAM, at)?;
        let before = content[from..found].iter().rposition(|byte| !is_blank(*byte)).map(|place| content[from + place]);
        let behind = content.get(found + STREAM.len());
        if before == Some(b'>') && matches!(behind, Some(b'\n' | b'\r')) {
            return Some(found);
        }
        at = found + STREAM.len();
    }
}

/// The object's text before a stream: from its word `obj` on.
fn dictionary_before(content: &[u8], from: usize, begins: usize) -> &[u8] {
    let text = &content[from..begins];
    last(text, b"obj").map_or(text, |at| &text[at..])
}

fn after_line(content: &[u8], at: usize) -> usize {
    match content.get(at..at + 2) {
        Some(b"\r\n") => at + 2,
        _ => at + 1,
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, 0 | b'\t' | b'\n' | 0x0c | b'\r' | b' ')
}

fn find(content: &[u8], word: &[u8], from: usize) -> Option<usize> {
    content.get(from..)?.windows(word.len()).position(|some| some == word).map(|at| from + at)
}

fn last(content: &[u8], word: &[u8]) -> Option<usize> {
    content.windows(word.len()).rposition(|some| some == word)
}

fn count(content: &[u8], word: &[u8]) -> usize {
    content.windows(word.len()).filter(|some| *some == word).count()
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

    fn packed(objects: &[u8], filter: &str) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(objects).unwrap();
        let mut whole = format!("3 0 obj\n<< /Type /Obj#53tm /N 1 {filter} >>\nstream\r\n").into_bytes();
        whole.extend_from_slice(&encoder.finish().unwrap());
        whole.extend_from_slice(b"\nendstream\nendobj\n");
        document(&whole)
    }

    #[test]
    fn a_document_that_does_nothing_is_taken() {
        assert_eq!(judge(&document(b"")), Ok(()));
        assert_eq!(judge(&document(b"2 0 obj << /Length 9 >>\nstream\n/JS /JSX \nendstream\nendobj")), Ok(()), "a page's text");
        assert_eq!(judge(&packed(b"4 0 << /Type /Font /JSON 1 >>", "/Filter /FlateDecode")), Ok(()));
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
        assert_eq!(judge(&document(b"/Encrypt 5 0 R")), Err(UploadRefusal::Closed));
        assert_eq!(judge(&packed(b"/A", "/Filter [/ASCIIHexDecode /FlateDecode]")), Err(UploadRefusal::Closed));
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
