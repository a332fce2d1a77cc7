//! Uploads: sent whole or in parts over lines that break, known to their sender alone, kept sealed, gone when nobody needs them.

use std::fs;
use std::io::Write;
use std::net::TcpStream;
use std::path::PathBuf;
use std::time::Duration;

use aws_lc_rs::digest::SHA256;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use huzheng::uploads::UploadSettings;
use serde_json::{Value, json};

use crate::serial::{CLIENTS, answered, at_once};
use crate::support::{Answer, Call, TestApp};

/// An upload as its sender knows it.
#[derive(Clone)]
pub struct Upload {
    pub id: String,
    pub secret: Option<String>,
}

impl Upload {
    pub fn path(&self) -> String {
        format!("/v1/uploads/{}", self.id)
    }

    /// As a body attaches it.
    pub fn attachment(&self) -> Value {
        self.secret.as_ref().map_or_else(|| json!({"upload_id": self.id}), |key| json!({"upload_id": self.id, "secret": key}))
    }

    fn call<'a>(&self, app: &'a TestApp, user: Option<&str>, method: &'static str) -> Call<'a> {
        let call = app.call(method, &self.path());
        let call = user.map_or_else(|| app.call(method, &self.path()), |user| call.user(user));
        self.secret.iter().fold(call, |call, secret| call.header("Upload-Secret", secret))
    }

    pub fn get(&self, app: &TestApp, user: Option<&str>) -> Answer {
        self.call(app, user, "GET").send()
    }

    pub fn put(&self, app: &TestApp, user: Option<&str>, content: &[u8]) -> Answer {
        self.call(app, user, "PUT").raw(content, "application/octet-stream").send()
    }

    fn append(&self, app: &TestApp, user: Option<&str>, offset: usize, part: &[u8]) -> Answer {
        let call = self.call(app, user, "PATCH").header("Upload-Offset", &offset.to_string());
        call.raw(part, "application/partial-upload").send()
    }
}

pub fn digest(content: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(aws_lc_rs::digest::digest(&SHA256, content)))
}

fn body(name: &str, media_type: &str, content: &[u8]) -> Value {
    json!({"kind": "PETITION", "name": name, "media_type": media_type, "size": content.len(), "digest": digest(content)})
}

fn send(app: &TestApp, user: Option<&str>, body: &Value) -> Answer {
    let call = app.post("/v1/uploads").once().json(body);
    user.map_or_else(|| app.post("/v1/uploads").once().json(body), |user| call.user(user)).send()
}

pub fn begin(app: &TestApp, user: Option<&str>, (name, media_type): (&str, &str), content: &[u8]) -> Upload {
    let begun = send(app, user, &body(name, media_type, content));
    let begun = begun.expect(201);
    let secret = begun["secret"].as_str().map(ToOwned::to_owned);
    assert_eq!(secret.is_some(), user.is_none());
    Upload { id: begun["upload"]["id"].as_str().unwrap().to_owned(), secret }
}

/// Begun and sent whole.
pub fn sent(app: &TestApp, user: Option<&str>, called: (&str, &str), content: &[u8]) -> (Upload, Value) {
    let upload = begin(app, user, called, content);
    let shown = upload.put(app, user, content).expect(200).clone();
    (upload, shown)
}

pub fn text(app: &TestApp, user: Option<&str>, content: &str) -> Upload {
    let (upload, shown) = sent(app, user, ("說明.txt", "text/plain"), content.as_bytes());
    assert_eq!(shown["status"], "READY", "{shown}");
    upload
}

pub fn content(app: &TestApp, user: &str, upload: &Upload) -> Answer {
    app.get(&format!("{}/content", upload.path())).user(user).send()
}

fn folder(app: &TestApp) -> PathBuf {
    app.folder.path().join("uploads")
}

fn files(app: &TestApp) -> Vec<PathBuf> {
    fs::read_dir(folder(app)).map_or_else(|_| Vec::new(), |all| all.map(|entry| entry.unwrap().path()).collect())
}

#[test]
fn an_upload_is_sent_whole_and_read_by_its_sender_alone() {
    let app = TestApp::new();
    let said = "照片攝於巷口。\n第二行";
    let upload = text(&app, Some("clerk1"), said);
    let shown = upload.get(&app, Some("clerk1"));
    assert_eq!((&shown.expect(200)["status"], &shown.body["scan"]), (&json!("READY"), &json!("UNCHECKED")));
    assert_eq!(shown.body["name"], "說明.txt");
    let read = content(&app, "clerk1", &upload);
    assert_eq!((read.status, read.text.as_str()), (200, said));
    assert_eq!(read.headers["content-disposition"], "attachment; filename*=UTF-8''%E8%AA%AA%E6%98%8E.txt");
    assert_eq!((&*read.headers["content-type"], &*read.headers["x-content-type-options"]), ("text/plain", "nosniff"));
    assert!(read.headers["content-security-policy"].contains("sandbox"));
    let known = app.get(&format!("{}/content", upload.path())).user("clerk1").header("If-None-Match", read.etag()).send();
    assert_eq!((known.status, known.text.as_str()), (304, ""));
    let head = app.call("HEAD", &format!("{}/content", upload.path())).user("clerk1").send();
    assert_eq!((head.status, &*head.headers["content-length"]), (200, &*said.len().to_string()));
    // Nobody else finds it on any road.
    for user in [Some("clerk2"), Some("director1"), Some("citizen1"), None] {
        upload.get(&app, user).refused(404, "not_found");
        upload.put(&app, user, said.as_bytes()).refused(404, "not_found");
        upload.append(&app, user, 0, b"x").refused(404, "not_found");
        assert_eq!(upload.call(&app, user, "DELETE").send().status, 204);
    }
    for user in ["clerk2", "director1", "citizen1"] {
        content(&app, user, &upload).refused(404, "not_found");
    }
    upload.get(&app, Some("clerk1")).expect(200);
    // Given up, it is gone with its file, and giving it up again says the same.
    assert_eq!(files(&app).len(), 1);
    for _ in 0..2 {
        assert_eq!(upload.call(&app, Some("clerk1"), "DELETE").send().status, 204);
    }
    upload.get(&app, Some("clerk1")).refused(404, "not_found");
    content(&app, "clerk1", &upload).refused(404, "not_found");
    assert!(files(&app).is_empty());
}

#[test]
fn an_upload_comes_in_parts_and_goes_on_where_it_is() {
    let app = TestApp::new();
    let said = b"0123456789abcdefghij";
    let upload = begin(&app, Some("citizen1"), ("a.txt", "text/plain"), said);
    let user = Some("citizen1");
    let first = upload.append(&app, user, 0, &said[..10]);
    assert_eq!((&first.expect(200)["status"], &first.body["upload_offset"]), (&json!("OPEN"), &json!(10)));
    assert_eq!((&*first.headers["upload-offset"], &*first.headers["upload-complete"]), ("10", "?0"));
    let head = upload.call(&app, user, "HEAD").send();
    assert_eq!((head.status, &*head.headers["upload-offset"], &*head.headers["upload-length"]), (200, "10", "20"));
    // The same part again, one from further on, and one that is too long.
    for offset in [0, 11] {
        let refused = upload.append(&app, user, offset, &said[offset..offset + 5]);
        assert_eq!(refused.refused(409, "upload_offset_mismatch")["upload_offset"], 10);
    }
    upload.append(&app, user, 10, b"more than is missing").refused(413, "too_large");
    upload.put(&app, user, &[b'x'; 100_000]).refused(413, "too_large");
    // What says of itself what cannot be.
    let says = |name: &str, value: &str| {
        let call = upload.call(&app, user, "PATCH").header("Upload-Offset", "10").header(name, value);
        call.raw(&said[10..15], "application/partial-upload").send()
    };
    for (name, value) in [("Upload-Complete", "?1"), ("Upload-Complete", "yes"), ("Content-Digest", "sha-256=x")] {
        let refused = says(name, value);
        refused.refused(400, "malformed");
        assert_eq!(refused.fields(), [(format!("#{name}"), "pattern".to_owned())]);
    }
    says("Content-Digest", &digest(b"other")).refused(422, "digest_mismatch");
    says("Content-Digest", &digest(&said[10..15])).expect(200);
    let none = upload.call(&app, user, "PATCH").raw(b"x", "application/partial-upload").send();
    none.refused(400, "malformed");
    assert_eq!(none.fields(), [("#Upload-Offset".to_owned(), "required".to_owned())]);
    let kind = upload.call(&app, user, "PATCH").header("Upload-Offset", "15").raw(b"x", "text/plain").send();
    kind.refused(415, "unsupported_media_type");
    // The last part, and the same again.
    for _ in 0..2 {
        let last = upload.call(&app, user, "PATCH").header("Upload-Offset", "15").header("Upload-Complete", "?1");
        let last = last.raw(&said[15..], "application/partial-upload").send();
        if last.status == 409 {
            assert_eq!(last.body["upload_offset"], 20);
        } else {
            assert_eq!(last.expect(200)["status"], "READY");
        }
    }
    assert_eq!(upload.append(&app, user, 20, b"").expect(200)["status"], "READY");
    assert_eq!(upload.put(&app, user, said).expect(200)["status"], "READY", "a second click");
    assert_eq!(content(&app, "citizen1", &upload).text.as_bytes(), said);
    assert_eq!(files(&app).len(), 1, "the parts are gone");
}

#[test]
fn what_came_before_a_connection_was_lost_is_kept() {
    let app = TestApp::new();
    let said: Vec<u8> = (0..200_000_u32).map(|n| b'a' + (n % 23) as u8).collect();
    let upload = begin(&app, None, ("長文.txt", "text/plain"), &said);
    let secret = upload.secret.clone().unwrap();
    let lose = |offset: usize, end: usize| {
        let mut stream = TcpStream::connect(&app.address).unwrap();
        let (path, length) = (upload.path(), said.len() - offset);
        let head = format!(
            "PATCH {path} HTTP/1.1\r\nHost: a\r\nUpload-Secret: {secret}\r\nUpload-Offset: {offset}\r\n\
             Content-Type: application/partial-upload\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(&said[offset..end]).unwrap();
        stream.flush().unwrap();
        // All of it is on its way before the line breaks.
        std::thread::sleep(Duration::from_millis(300));
    };
    let arrived = |before: usize| {
        for _ in 0..100 {
            let offset = upload.get(&app, None).expect(200)["upload_offset"].as_u64().unwrap() as usize;
            if offset > before {
                return offset;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("nothing of it is kept");
    };
    lose(0, 70_000);
    let first = arrived(0);
    assert!(first <= 70_000, "{first}");
    lose(first, 150_000);
    let second = arrived(first);
    assert!(second <= 150_000, "{second}");
    // The digest of the whole shows that nothing is missing and nothing stands twice.
    assert_eq!(upload.append(&app, None, second, &said[second..]).expect(200)["status"], "READY");
    assert_eq!(files(&app).len(), 1);
}

#[test]
fn a_whole_content_takes_the_place_of_what_came_before() {
    let app = TestApp::new();
    let said = b"one two three";
    let upload = begin(&app, Some("clerk1"), ("a.txt", "text/plain"), said);
    upload.append(&app, Some("clerk1"), 0, b"ONE").expect(200);
    assert_eq!(upload.put(&app, Some("clerk1"), said).expect(200)["status"], "READY");
    assert_eq!(content(&app, "clerk1", &upload).text.as_bytes(), said);
    assert_eq!(files(&app).len(), 1);
}

#[test]
fn a_content_without_its_digest_is_sent_anew() {
    let app = TestApp::new();
    let upload = begin(&app, None, ("a.txt", "text/plain"), b"as it was said");
    upload.put(&app, None, b"as it was sent").refused(422, "digest_mismatch");
    let shown = upload.get(&app, None);
    assert_eq!((&shown.expect(200)["status"], &shown.body["upload_offset"]), (&json!("OPEN"), &json!(0)));
    assert!(files(&app).is_empty());
    upload.append(&app, None, 0, b"as it was ").expect(200);
    upload.append(&app, None, 10, b"sent").refused(422, "digest_mismatch");
    assert_eq!(upload.put(&app, None, b"as it was said").expect(200)["status"], "READY");
}

#[test]
fn without_an_account_the_secret_is_the_key() {
    let app = TestApp::new();
    let upload = text(&app, None, "匿名");
    let other = text(&app, None, "另一件");
    for secret in [None, Some("wrong".to_owned()), other.secret.clone()] {
        let stranger = Upload { secret, ..upload.clone() };
        stranger.get(&app, None).refused(404, "not_found");
        stranger.get(&app, Some("admin1")).refused(404, "not_found");
        stranger.put(&app, None, "匿名".as_bytes()).refused(404, "not_found");
        assert_eq!(stranger.call(&app, None, "DELETE").send().status, 204);
    }
    upload.get(&app, None).expect(200);
    // With an account of another than the sender's, and the secret.
    upload.get(&app, Some("citizen1")).expect(200);
    assert!(!app.contents()["uploads"].iter().any(|row| row.contains(upload.secret.as_ref().unwrap())));
}

#[test]
fn neither_folder_nor_store_shows_what_was_sent_or_what_it_is_called() {
    let app = TestApp::new();
    let said = "鄰居林罕名說的話".repeat(20_000);
    let upload = begin(&app, Some("clerk1"), ("林罕名.txt", "text/plain"), said.as_bytes());
    upload.append(&app, Some("clerk1"), 0, &said.as_bytes()[..100_000]).expect(200);
    let hides = || {
        for file in files(&app) {
            let bytes = fs::read(&file).unwrap();
            for told in ["林罕名".as_bytes(), "說的話".as_bytes()] {
                assert!(!bytes.windows(told.len()).any(|some| some == told), "{}", file.display());
            }
            assert!(!file.display().to_string().contains(&upload.id), "a file's name tells of no upload");
        }
        for (table, rows) in app.contents() {
            let digest = digest(said.as_bytes());
            let tells = |row: &String| row.contains("林罕名") || row.contains(&digest[9..30]);
            assert!(!rows.iter().any(tells), "{table}");
        }
    };
    hides();
    upload.append(&app, Some("clerk1"), 100_000, &said.as_bytes()[100_000..]).expect(200);
    hides();
    assert_eq!(content(&app, "clerk1", &upload).text, said);
    // What was changed on disk is not given out as if it were whole.
    let file = files(&app).remove(0);
    let mut bytes = fs::read(&file).unwrap();
    bytes[100] ^= 1;
    fs::write(&file, bytes).unwrap();
    let mut stream = TcpStream::connect(&app.address).unwrap();
    let token = app.token("clerk1");
    let head = format!("GET {}/content HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n\r\n", upload.path());
    stream.write_all(head.as_bytes()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut answered = Vec::new();
    let _ = std::io::Read::read_to_end(&mut stream, &mut answered);
    assert!(!answered.windows(9).any(|some| some == "林罕名".as_bytes()), "nothing of it is sent");
}

#[test]
fn a_download_that_broke_off_goes_on_where_it_ended() {
    let app = TestApp::new();
    // Three parts as they are kept, the last one short; of ASCII, so that each byte is a character.
    let said: String = (0..150_000u32).map(|n| char::from(b'a' + u8::try_from(n % 26).unwrap())).collect();
    let upload = text(&app, Some("clerk1"), &said);
    let whole = content(&app, "clerk1", &upload);
    assert_eq!((whole.status, &*whole.headers["accept-ranges"], &whole.text), (200, "bytes", &said));
    let part = |range: &str, condition: Option<&str>| {
        let call = app.get(&format!("{}/content", upload.path())).user("clerk1").header("Range", range);
        match condition {
            Some(tag) => call.header("If-Range", tag).send(),
            None => call.send(),
        }
    };
    for (range, from, to) in [
        ("bytes=0-0", 0, 1),
        ("bytes=10-19", 10, 20),
        ("bytes=65530-65541", 65_530, 65_542),
        ("bytes=65536-", 65_536, 150_000),
        ("bytes=131071-131072", 131_071, 131_073),
        ("bytes=-5", 149_995, 150_000),
        ("bytes=0-999999", 0, 150_000),
    ] {
        for condition in [None, Some(whole.etag())] {
            let given = part(range, condition);
            assert_eq!((given.status, given.text.as_str()), (206, &said[from..to]), "{range}");
            assert_eq!(given.headers["content-range"], format!("bytes {from}-{}/150000", to - 1));
            assert_eq!(given.headers["content-length"], (to - from).to_string());
            assert_eq!(given.etag(), whole.etag());
            assert!(given.headers["content-disposition"].starts_with("attachment"));
        }
    }
    // Of another content, several at once, or no range at all: the whole.
    for (range, condition) in [("bytes=0-0", Some("\"other\"")), ("bytes=0-0,5-6", None), ("bytes=5-4", None), ("rows=1-2", None)]
    {
        let given = part(range, condition);
        assert_eq!((given.status, given.text.len()), (200, said.len()), "{range}");
    }
    for range in ["bytes=150000-", "bytes=-0"] {
        let refused = part(range, None);
        assert_eq!(refused.refused(416, "range_not_satisfiable")["content_size"], 150_000);
        assert_eq!(refused.headers["content-range"], "bytes */150000");
    }
    let head = app.call("HEAD", &format!("{}/content", upload.path())).user("clerk1").header("Range", "bytes=0-0").send();
    assert_eq!((head.status, &*head.headers["content-length"]), (200, "150000"));
    let known = app.get(&format!("{}/content", upload.path())).user("clerk1").header("If-None-Match", whole.etag());
    assert_eq!(known.header("Range", "bytes=0-0").send().status, 304);
}

#[test]
fn a_file_is_called_by_its_name_alone_and_numbers_in_it_are_masked() {
    let app = TestApp::new();
    for (said, shown) in
        [("../../etc/passwd", "passwd.txt"), ("C:\\照片\\現場.txt", "現場.txt"), ("A123456789.txt", "A12*****89.txt")]
    {
        let begun = send(&app, None, &body(said, "text/plain", b"x"));
        assert_eq!(begun.expect(201)["upload"]["name"], shown, "{said}");
    }
    let turned = send(&app, None, &body("gnp.\u{202e}exe.txt", "text/plain", b"x"));
    assert_eq!(turned.fields(), [("/name".to_owned(), "invisible_characters".to_owned())]);
}

#[test]
fn size_and_number_have_bounds() {
    let app = TestApp::with(
        |config| {
            let own = config.of_mut::<UploadSettings>();
            (own.mebibytes, own.waiting, own.waiting_mebibytes, own.total_mebibytes) = (1, 3, 2, 4);
        },
        "",
    );
    let of =
        |size: i64| json!({"kind": "PETITION", "name": "a", "media_type": "text/plain", "size": size, "digest": digest(b"")});
    let large = send(&app, None, &of(1024 * 1024 + 1));
    assert_eq!(large.fields(), [("/size".to_owned(), "range".to_owned())]);
    for user in ["clerk1", "clerk2"] {
        for _ in 0..2 {
            send(&app, Some(user), &of(1024 * 1024)).expect(201);
        }
        send(&app, Some(user), &of(1)).refused(409, "upload_quota_exceeded");
    }
    // The office is full, for whoever has nothing too.
    send(&app, Some("clerk3"), &of(1)).refused(409, "upload_quota_exceeded");
    app.advance(chrono::Duration::hours(25));
    app.turn_uploads();
    for _ in 0..3 {
        send(&app, None, &of(10)).expect(201);
    }
    send(&app, None, &of(10)).refused(409, "upload_quota_exceeded");
    send(&app, Some("clerk3"), &of(10)).expect(201);
}

#[test]
fn what_is_attached_to_nothing_runs_out_with_its_files() {
    let app = TestApp::new();
    let ready = text(&app, Some("clerk1"), "沒有用到");
    let open = begin(&app, None, ("a.txt", "text/plain"), b"half of it");
    open.append(&app, None, 0, b"half").expect(200);
    assert_eq!(files(&app).len(), 2);
    app.advance(chrono::Duration::hours(24));
    // Nobody finds it from that moment on, whether it was swept or not.
    ready.get(&app, Some("clerk1")).refused(404, "not_found");
    open.append(&app, None, 4, b" of it").refused(404, "not_found");
    app.turn_uploads();
    assert!(files(&app).is_empty());
    assert!(app.contents()["uploads"].is_empty() && app.contents()["upload_parts"].is_empty());
}

#[test]
fn a_file_that_no_row_names_is_removed_and_one_that_is_named_stays() {
    let app = TestApp::new();
    let upload = text(&app, Some("clerk1"), "留著");
    for stray in ["1234", "5678.new"] {
        fs::write(folder(&app).join(stray), b"left over by a node that died").unwrap();
    }
    app.turn_uploads();
    assert_eq!(files(&app).len(), 3, "a request may be sending it");
    app.advance(chrono::Duration::hours(3));
    app.turn_uploads();
    assert_eq!(files(&app).len(), 1);
    assert_eq!(content(&app, "clerk1", &upload).text, "留著");
}

#[test]
fn nodes_share_a_folder() {
    let shared = tempfile::TempDir::new().unwrap();
    let place = shared.path().join("contents");
    let app = TestApp::with(|config| config.of_mut::<UploadSettings>().folder = Some(place.clone()), "");
    let upload = text(&app, Some("clerk1"), "共用");
    assert_eq!(content(&app, "clerk1", &upload).text, "共用");
    assert!(files(&app).is_empty() && fs::read_dir(&place).unwrap().count() == 1);
}

/// Of equal parts at one offset at once one is taken.
pub fn a_part_is_taken_once(app: &TestApp) {
    let said = b"first and second";
    let upload = begin(app, None, ("a.txt", "text/plain"), said);
    let answers = at_once(CLIENTS, |_| upload.append(app, None, 0, &said[..5]));
    answered(&answers, &[("200", 1), ("409 upload_offset_mismatch", CLIENTS - 1)]);
    assert_eq!(upload.append(app, None, 5, &said[5..]).expect(200)["status"], "READY");
    assert_eq!(files(app).len(), 1);
}

/// Of many that are begun at once as many are taken as there is room for.
pub fn a_caller_has_as_many_uploads_as_there_is_room_for(app: &TestApp) {
    app.token("clerk1");
    for _ in 0..18 {
        begin(app, Some("clerk1"), ("a.txt", "text/plain"), b"x");
    }
    let answers = at_once(CLIENTS, |_| send(app, Some("clerk1"), &body("a.txt", "text/plain", b"x")));
    answered(&answers, &[("201", 2), ("409 upload_quota_exceeded", CLIENTS - 2)]);
}
