//! What contents are taken: by their bytes and not by what was said of them, without what they bring along unseen, and scanned.

use std::io::{Cursor, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::ZlibEncoder;
use huzheng::uploads::{Scanner, Unscanned, UploadSettings};
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, RgbImage};
use serde_json::json;

use crate::petitions::{letter, send, with};
use crate::receiver::{bound, listen};
use crate::support::TestApp;
use crate::uploads::{Upload, begin, content, sent, text};

fn drawn() -> DynamicImage {
    DynamicImage::from(RgbImage::from_fn(48, 24, |x, y| image::Rgb([x as u8 * 5, y as u8 * 10, 80])))
}

fn jpeg() -> Vec<u8> {
    let mut written = Vec::new();
    drawn().write_with_encoder(JpegEncoder::new_with_quality(&mut written, 92)).unwrap();
    written
}

fn png() -> Vec<u8> {
    let mut written = Cursor::new(Vec::new());
    drawn().write_to(&mut written, ImageFormat::Png).unwrap();
    written.into_inner()
}

/// A JPEG of a telephone: turned by a quarter, with a place in its EXIF.
fn photo() -> Vec<u8> {
    let mut tiff = b"MM\0*\0\0\0\x08\0\x02".to_vec();
    tiff.extend_from_slice(b"\x01\x12\0\x03\0\0\0\x01\0\x06\0\0");
    tiff.extend_from_slice(b"\x01\x0e\0\x02\0\0\0\x14\0\0\0\x26\0\0\0\0");
    tiff.extend_from_slice(b"24.1109N 120.4995E\0\0");
    let mut segment = b"Exif\0\0".to_vec();
    segment.extend_from_slice(&tiff);
    let (own, mut whole) = (jpeg(), vec![0xff, 0xd8, 0xff, 0xe1]);
    whole.extend_from_slice(&u16::try_from(segment.len() + 2).unwrap().to_be_bytes());
    whole.extend_from_slice(&segment);
    whole.extend_from_slice(&own[2..]);
    whole
}

/// A part of a PNG.
fn chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let mut checked = flate2::Crc::new();
    checked.update(kind);
    checked.update(data);
    let mut whole = u32::try_from(data.len()).unwrap().to_be_bytes().to_vec();
    whole.extend_from_slice(kind);
    whole.extend_from_slice(data);
    whole.extend_from_slice(&checked.sum().to_be_bytes());
    whole
}

/// A PNG of a few hundred bytes that says it has 2,500 million pixels.
fn bomb() -> Vec<u8> {
    let mut head = [50_000_u32.to_be_bytes(), 50_000_u32.to_be_bytes()].concat();
    head.extend_from_slice(&[8, 6, 0, 0, 0]);
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(&[0; 100_000]).unwrap();
    let parts = [chunk(b"IHDR", &head), chunk(b"IDAT", &packed.finish().unwrap()), chunk(b"IEND", b"")];
    [b"\x89PNG\r\n\x1a\n".to_vec(), parts.concat()].concat()
}

fn pdf(object: &str) -> Vec<u8> {
    let objects = format!("1 0 obj\n<< /Type /Catalog {object} >>\nendobj\n");
    format!("%PDF-1.7\n{objects}trailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n").into_bytes()
}

/// A document that runs a script, with further objects around it.
fn scripted(before: &str, script: &str, behind: &str) -> Vec<u8> {
    let objects = format!("4 0 obj {before}\nendobj\n5 0 obj {script}\nendobj\n6 0 obj {behind}\nendobj\n");
    let catalog = "1 0 obj\n<< /Type /Catalog /OpenAction 5 0 R >>\nendobj\n";
    format!("%PDF-1.7\n{catalog}{objects}trailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n").into_bytes()
}

fn has(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|some| some == part)
}

fn bytes_of(app: &TestApp, upload: &Upload) -> Vec<u8> {
    app.get(&format!("{}/content", upload.path())).user("clerk1").bytes()
}

#[test]
fn a_photo_is_turned_upright_and_keeps_no_place() {
    let app = TestApp::new();
    let photo = photo();
    assert!(has(&photo, b"24.1109N"));
    let (upload, shown) = sent(&app, Some("clerk1"), ("IMG_0001.jpg", "image/jpeg"), &photo);
    assert_eq!(shown["status"], "READY", "{shown}");
    let kept = bytes_of(&app, &upload);
    let read = image::load_from_memory(&kept).unwrap();
    assert_eq!((read.width(), read.height()), (24, 48));
    assert!(!has(&kept, b"24.1109N") && !has(&kept, b"Exif"));
}

#[test]
fn a_file_is_shown_and_downloaded_under_a_name_that_ends_as_its_type_does() {
    let app = TestApp::new();
    for (name, kind, bytes, called) in [
        ("收據.hta", "text/plain", b"<script>".to_vec(), "收據.hta.txt"),
        ("a.bat", "text/plain", b"echo".to_vec(), "a.bat.txt"),
        ("a.html", "text/plain", b"<html>".to_vec(), "a.html.txt"),
        ("說明.TXT", "text/plain", "說明".as_bytes().to_vec(), "說明.TXT"),
        ("照片.svg", "image/png", png(), "照片.svg.png"),
        ("照片.exe", "image/jpeg", jpeg(), "照片.exe.jpg"),
        ("公文", "application/pdf", pdf(""), "公文.pdf"),
    ] {
        let (upload, shown) = sent(&app, Some("clerk1"), (name, kind), &bytes);
        assert_eq!((&shown["status"], &shown["name"]), (&json!("READY"), &json!(called)), "{shown}");
        let body = with(letter("SUGGESTION"), "attachments", json!([upload.attachment()]));
        send(&app, Some("clerk1"), &body).expect(201);
        let read = content(&app, "chief1", &upload);
        let disposition = &read.headers["content-disposition"];
        let ending = called.rsplit_once('.').unwrap().1;
        assert!(read.status == 200 && disposition.ends_with(&format!(".{ending}")), "{disposition}");
    }
}

#[test]
fn no_link_of_a_pdf_leads_elsewhere_than_to_the_web_or_to_mail() {
    let app = TestApp::new();
    let judged = |content: &[u8]| {
        let shown = sent(&app, Some("clerk1"), ("a.pdf", "application/pdf"), content).1;
        (shown["status"].as_str().unwrap().to_owned(), shown["refusal"].clone())
    };
    let linked = |address: &str| pdf(&format!("/A <</S /URI /URI {address}>>"));
    for address in ["(https://example.org/a)", "(HTTP://example.org)", "(mailto:a@example.org)"] {
        assert_eq!(judged(&linked(address)).0, "READY", "{address}");
    }
    let refused = ("REFUSED".to_owned(), json!("ACTIVE_CONTENT"));
    for address in [
        "(file:///etc/passwd)",
        "(javascript:alert\\(1\\))",
        "(\\146ile:///etc/passwd)",
        "<66696C653A2F2F2F6574632F706173737764>",
        "(ms-word:ofe|u|https://example.org/a.doc)",
        "(a.hta)",
        "7 0 R",
    ] {
        assert_eq!(judged(&linked(address)), refused, "{address}");
    }
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    packed.write_all(b"5 0 <</A<</S/URI/URI(file:///etc/passwd)>>>>").unwrap();
    let packed = packed.finish().unwrap();
    let says = format!("<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length {}>>", packed.len());
    let mut whole = format!("%PDF-1.7\n4 0 obj\n{says}\nstream\n").into_bytes();
    whole.extend_from_slice(&packed);
    whole.extend_from_slice(b"\nendstream\nendobj\ntrailer << /Root 1 0 R >>\nstartxref\n9\n%%EOF\n");
    assert_eq!(judged(&whole), refused, "in a packed object");
}

#[test]
fn what_stands_behind_or_within_an_image_unseen_goes() {
    let app = TestApp::new();
    let behind = [jpeg(), b"PK\x03\x04<script>alert(1)</script>".to_vec()].concat();
    let mut within = png();
    let text = chunk(b"tEXt", b"Comment\0<?php system($_GET[0]); ?>");
    drop(within.splice(33..33, text));
    for (kind, name, content) in [("image/jpeg", "a.jpg", behind), ("image/png", "a.png", within)] {
        let (upload, shown) = sent(&app, Some("clerk1"), (name, kind), &content);
        assert_eq!(shown["status"], "READY", "{shown}");
        let kept = bytes_of(&app, &upload);
        assert!(!has(&kept, b"<script") && !has(&kept, b"PK\x03\x04") && !has(&kept, b"<?php"), "{name}");
        assert_eq!(image::load_from_memory(&kept).unwrap().width(), 48);
    }
}

#[test]
fn a_content_that_is_not_what_it_should_be_is_refused_with_its_reason_and_removed() {
    let app = TestApp::new();
    let jpeg = jpeg();
    let mut odd = png();
    odd[45] ^= 0xff;
    // A script between what looks like a stream and is none: in a string, in a comment, and in a packed stream that is not compressed.
    let script = "<</S/JavaScript/JS(app.alert(1))>>";
    let in_string = scripted("<</A(>>stream\n)>>", script, "<</B(endstream)>>");
    let in_comment = scripted("<</A 1\n%>>stream\n>>", script, "<</B(endstream)>>");
    let held = format!("5 0 <</A(endstream)/B{script}>>");
    let unpacked = format!("<</Type/ObjStm/N 1/First 4/Length {}>>\nstream\n{held}\nendstream", held.len());
    let cases: [(&str, Vec<u8>, &str); 15] = [
        ("image/jpeg", png(), "WRONG_TYPE"),
        ("image/png", jpeg.clone(), "WRONG_TYPE"),
        ("text/plain", jpeg.clone(), "WRONG_TYPE"),
        ("image/png", b"<svg xmlns='http://www.w3.org/2000/svg'/>".to_vec(), "WRONG_TYPE"),
        ("text/plain", b"MZ\x90\0\x03".to_vec(), "WRONG_TYPE"),
        ("application/pdf", [b"GIF89a".to_vec(), pdf("")].concat(), "WRONG_TYPE"),
        ("image/jpeg", jpeg[..jpeg.len() / 2].to_vec(), "DAMAGED"),
        ("image/png", odd, "DAMAGED"),
        ("image/png", bomb(), "TOO_MANY_PIXELS"),
        ("application/pdf", [pdf(""), b"PK\x03\x04".to_vec()].concat(), "DAMAGED"),
        ("application/pdf", pdf("/OpenAction << /S /J#61vaScript /JS (app.alert(1)) >>"), "ACTIVE_CONTENT"),
        ("application/pdf", in_string, "ACTIVE_CONTENT"),
        ("application/pdf", in_comment, "ACTIVE_CONTENT"),
        ("application/pdf", scripted("null", "null", &unpacked), "ACTIVE_CONTENT"),
        ("application/pdf", pdf("/Encrypt 2 0 R"), "CLOSED"),
    ];
    for (kind, content, reason) in cases {
        let (upload, shown) = sent(&app, Some("clerk1"), ("a", kind), &content);
        assert_eq!((&shown["status"], &shown["refusal"]), (&json!("REFUSED"), &json!(reason)), "{kind}: {shown}");
        self::content(&app, "clerk1", &upload).refused(404, "not_found");
        let attached = send(&app, Some("clerk1"), &with(letter("INQUIRY"), "attachments", json!([upload.attachment()])));
        assert_eq!(attached.fields(), [("/attachments/0/upload_id".to_owned(), "refused".to_owned())]);
        // It is given up, so that the next one has room.
        assert_eq!(app.call("DELETE", &upload.path()).user("clerk1").send().status, 204);
    }
    assert_eq!(std::fs::read_dir(app.folder.path().join("uploads")).unwrap().count(), 0);
    let (_, taken) = sent(&app, Some("clerk1"), ("a.pdf", "application/pdf"), &pdf("/OpenAction [2 0 R /Fit]"));
    assert_eq!(taken["status"], "READY", "{taken}");
}

/// A document with one page, of which these are the annotations, and further objects.
fn with_annotations(annotations: &str, objects: &str) -> Vec<u8> {
    let page = format!("2 0 obj\n<</Type/Page/Annots[{annotations}]>>\nendobj\n{objects}\n");
    format!("%PDF-1.7\n1 0 obj\n<</Type/Catalog>>\nendobj\n{page}trailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF\n").into_bytes()
}

#[test]
fn a_document_that_holds_files_or_does_anything_but_lead_to_where_somebody_clicks_is_refused() {
    let app = TestApp::new();
    let file = "5 0 obj\n<</Length 3>>\nstream\nMZ!\nendstream\nendobj";
    let address = "5 0 obj\n<</S/URI/URI(https://example.org)>>\nendobj";
    let link = |action: &str| with_annotations(&format!("<</Subtype/Link/F 4/A {action}>>"), address);
    let attached = "<</Subtype/FileAttachment/FS<</Type/Filespec/F(evil.exe)/EF<</F 5 0 R>>>>>>";
    let shared = "/AF [4 0 R] >>\nendobj\n4 0 obj\n<< /F (evil.exe) /EF << /F 5 0 R >>";
    for (nth, content) in [
        with_annotations(attached, file),
        with_annotations("<</Subtype/Stamp/FS 4 0 R>>", file),
        pdf(shared),
        with_annotations("<</Subtype/3#44/3DD 5 0 R>>", "5 0 obj\n<</OnInstantiate 6 0 R>>\nendobj"),
        with_annotations("", "5 0 obj\n<</OnInstantiate 6 0 R>>\nendobj"),
        pdf("/OpenAction << /S /URI /URI (https://example.org) >>"),
        scripted("null", "<</S/URI/URI(https://example.org)>>", "null"),
        pdf("/AA << /O << /S /URI /URI (file:///C:/a) >> >>"),
        link("<</S/Thread/F(share/a.pdf)>>"),
        with_annotations("", "5 0 obj\n<</Ref <</F <</FS/URL/F(https://example.org)>>>>>>\nendobj"),
        with_annotations("", "5 0 obj\n<</OPI <</2.0 <</F(a)>>>>>>\nendobj"),
        link("<</S/Sound/Sound 5 0 R>>"),
        link("<</S/Named/N/Print>>"),
        link("<</S/GoTo/D(a)/Next 5 0 R>>"),
        link("<</S/Unheard>>"),
    ]
    .into_iter()
    .enumerate()
    {
        let (upload, shown) = sent(&app, Some("clerk1"), ("a.pdf", "application/pdf"), &content);
        assert_eq!((&shown["status"], &shown["refusal"]), (&json!("REFUSED"), &json!("ACTIVE_CONTENT")), "{nth}: {shown}");
        assert_eq!(app.call("DELETE", &upload.path()).user("clerk1").send().status, 204);
    }
    for (nth, content) in [
        link("<</Type/Action/S/URI/URI(https://example.org)>>"),
        link("5 0 R"),
        link("<</S/GoTo/D[2 0 R/Fit]>>"),
        scripted("null", "<</S/GoTo/D[2 0 R/Fit]>>", "<</Subtype/Link/A<</S/URI/URI(https://example.org)>>>>"),
        pdf("/OpenAction << /S /GoTo /D [2 0 R /Fit] >> /Outlines << /First << /Title (a) /A << /S /GoTo /D (a) >> /Next 3 0 R >> >>"),
    ]
    .into_iter()
    .enumerate()
    {
        let (upload, shown) = sent(&app, Some("clerk1"), ("a.pdf", "application/pdf"), &content);
        assert_eq!(shown["status"], "READY", "{nth}: {shown}");
        assert_eq!(app.call("DELETE", &upload.path()).user("clerk1").send().status, 204);
    }
}

/// A clamd that finds a virus in whatever holds the word; counts what it scanned.
#[derive(Clone)]
struct Clamd {
    address: String,
    scanned: Arc<AtomicUsize>,
    /// What it has been sent last.
    last: Arc<Mutex<Vec<u8>>>,
}

const VIRUS: &str = "X5O!P%@AP-TEST-VIRUS";

impl Clamd {
    fn on((listener, address): (TcpListener, String)) -> Self {
        let clamd = Self { address, scanned: Arc::default(), last: Arc::default() };
        let shared = clamd.clone();
        listen(listener, move |stream| shared.serve(stream));
        clamd
    }

    fn serve(&self, mut stream: TcpStream) {
        let mut command = [0; 10];
        if stream.read_exact(&mut command).is_err() || &command != b"zINSTREAM\0" {
            let _ = stream.write_all(b"UNKNOWN COMMAND\0");
            return;
        }
        let (mut whole, mut length) = (Vec::new(), [0; 4]);
        while stream.read_exact(&mut length).is_ok() && length != [0; 4] {
            let mut piece = vec![0; u32::from_be_bytes(length) as usize];
            stream.read_exact(&mut piece).unwrap();
            whole.extend_from_slice(&piece);
        }
        let answer: &[u8] = if has(&whole, VIRUS.as_bytes()) { b"stream: Eicar-Signature FOUND\0" } else { b"stream: OK\0" };
        *self.last.lock().unwrap() = whole;
        self.scanned.fetch_add(1, Ordering::SeqCst);
        stream.write_all(answer).unwrap();
    }
}

fn office(address: &str, unscanned: Unscanned) -> TestApp {
    let scanner = Scanner::Tcp(address.to_owned());
    TestApp::with(
        |config| {
            let own = config.of_mut::<UploadSettings>();
            (own.scanner, own.unscanned) = (Some(scanner), unscanned);
        },
        "",
    )
}

#[test]
fn each_content_is_scanned_as_it_came_and_one_with_a_virus_is_refused() {
    let clamd = Clamd::on(bound());
    let app = office(&clamd.address, Unscanned::Refuse);
    let long = "一".repeat(100_000);
    let clean = text(&app, Some("clerk1"), &long);
    assert_eq!(clean.get(&app, Some("clerk1")).expect(200)["scan"], "CLEAN");
    assert_eq!(*clamd.last.lock().unwrap(), long.as_bytes(), "all of it, in several pieces");
    let (_, shown) = sent(&app, Some("clerk1"), ("a.txt", "text/plain"), VIRUS.as_bytes());
    assert_eq!((&shown["status"], &shown["refusal"]), (&json!("REFUSED"), &json!("INFECTED")));
    assert_eq!(clamd.scanned.load(Ordering::SeqCst), 2);
}

#[test]
fn while_no_scanner_answers_contents_wait_or_are_marked() {
    let free = bound();
    let address = free.1.clone();
    drop(free);
    let marking = office(&address, Unscanned::Accept);
    let (_, shown) = sent(&marking, Some("clerk1"), ("a.txt", "text/plain"), b"unscanned");
    assert_eq!((&shown["status"], &shown["scan"]), (&json!("READY"), &json!("UNCHECKED")));
    let app = office(&address, Unscanned::Refuse);
    let upload = begin(&app, Some("clerk1"), ("a.txt", "text/plain"), b"unscanned");
    assert_eq!(upload.put(&app, Some("clerk1"), b"unscanned").expect(200)["status"], "CHECKING");
    let attach = || send(&app, Some("clerk1"), &with(letter("INQUIRY"), "attachments", json!([upload.attachment()])));
    assert_eq!(attach().fields(), [("/attachments/0/upload_id".to_owned(), "not_ready".to_owned())]);
    let clamd = Clamd::on((TcpListener::bind(&address).unwrap(), address));
    // Asked again after a minute, and not before.
    app.turn_uploads();
    assert_eq!(clamd.scanned.load(Ordering::SeqCst), 0);
    app.advance(chrono::Duration::minutes(2));
    app.turn_uploads();
    let shown = upload.get(&app, Some("clerk1"));
    assert_eq!((&shown.expect(200)["status"], &shown.body["scan"]), (&json!("READY"), &json!("CLEAN")));
    attach().expect(201);
}

#[test]
fn a_look_that_a_restart_has_ended_is_taken_up_again() {
    let free = bound();
    let address = free.1.clone();
    drop(free);
    let app = office(&address, Unscanned::Refuse);
    let upload = begin(&app, Some("clerk1"), ("a.txt", "text/plain"), b"interrupted");
    assert_eq!(upload.put(&app, Some("clerk1"), b"interrupted").expect(200)["status"], "CHECKING");
    let clamd = Clamd::on((TcpListener::bind(&address).unwrap(), address));
    // Whoever looked at it died with the lease in hand.
    app.sql("UPDATE uploads SET check_lease = 'of a dead node', checking_until = '2026-11-23 01:05:00'");
    app.turn_uploads();
    assert_eq!(upload.get(&app, Some("clerk1")).expect(200)["status"], "CHECKING", "the lease holds still");
    app.advance(chrono::Duration::minutes(6));
    app.turn_uploads();
    assert_eq!(upload.get(&app, Some("clerk1")).expect(200)["status"], "READY");
    assert_eq!(clamd.scanned.load(Ordering::SeqCst), 1);
    assert_eq!(content(&app, "clerk1", &upload).text, "interrupted");
}
