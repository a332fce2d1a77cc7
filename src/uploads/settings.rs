//! Settings of uploads: where they stand, how large and how many they may be, and who looks for viruses.

use std::path::PathBuf;

use crate::settings::{Fault, Values, choice, count, hours, optional, outbound_host, parsed, plain_text};

/// Where a clamd listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scanner {
    /// Host and port.
    Tcp(String),
    /// Path of a socket.
    Unix(PathBuf),
}

/// What becomes of contents that nobody could scan for viruses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unscanned {
    /// Taken, and marked `UNCHECKED`.
    Accept,
    /// They wait until the scanner answers, and are never attached unscanned.
    Refuse,
}

const FOLDER: [&str; 2] = ["the path of a folder, or of one to make", "資料夾的路徑（可尚未存在）"];
const SCANNER: [&str; 2] =
    ["host:port of a clamd, or unix: and the whole path of its socket", "clamd 之主機:埠號，或 unix: 加其通訊端完整路徑"];
const MEBIBYTES: [&str; 2] = ["MiB", "MiB"];

/// What stands before the path of a socket.
const UNIX: &str = "unix:";

fn folder(text: &str) -> Option<PathBuf> {
    plain_text(text, 4096).map(PathBuf::from).filter(|path| path.is_dir() || !path.exists())
}

fn scanner(text: &str) -> Option<Scanner> {
    if let Some(path) = text.strip_prefix(UNIX) {
        let path = PathBuf::from(plain_text(path, 100)?);
        return (cfg!(unix) && path.is_absolute()).then_some(Scanner::Unix(path));
    }
    let has_port = text.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok());
    outbound_host(text).filter(|_| has_port).map(Scanner::Tcp)
}

fn shown(scanner: &Scanner) -> String {
    match scanner {
        Scanner::Tcp(address) => address.clone(),
        Scanner::Unix(path) => format!("{UNIX}{}", path.display()),
    }
}

crate::settings! {
    /// Uploads
    /// 上傳檔案
    pub struct UploadSettings, contradictions;

    /// Folder of the sealed contents of uploads; several nodes of one office share it.
    /// 加密後之上傳內容所存的資料夾；同一機關的多個節點共用。
    folder as "uploads.folder": Option<PathBuf> = None, optional(
        parsed("FOLDER", FOLDER, folder, |path| path.display().to_string()), ["uploads in data_dir", "data_dir 內的 uploads"]
    );

    /// Size that one upload may have.
    /// 單一上傳檔案的大小上限。
    mebibytes as "uploads.mebibytes": i64 = 20, count(MEBIBYTES, 1..=200);

    /// Picture elements, in millions, that an image may have.
    /// 影像的像素上限（百萬像素）。
    megapixels as "uploads.megapixels": u64 = 50, count(["million pixels", "百萬像素"], 1..=200);

    /// Uploads of one caller, or one address without an account, that may wait unattached.
    /// 每位呼叫者（未登入者以位址計）未附加之上傳數上限。
    waiting as "uploads.waiting": usize = 20, count(["uploads", "件"], 1..=1000);

    /// Size that these may have together.
    /// 每位呼叫者未附加之上傳合計大小上限。
    waiting_mebibytes as "uploads.waiting_mebibytes": i64 = 100, count(MEBIBYTES, 1..=10_000);

    /// Size that all uploads of the office may have together.
    /// 全部上傳檔案合計大小上限。
    total_mebibytes as "uploads.total_mebibytes": i64 = 10_240, count(MEBIBYTES, 1..=999_999);

    /// Hours after which an upload is deleted that is attached to nothing.
    /// 未附加之上傳於幾小時後刪除。
    unattached_hours as "uploads.unattached_hours": i64 = 24, hours(2..=168);

    /// The clamd that looks for viruses.
    /// 掃毒之 clamd。
    scanner as "uploads.scanner": Option<Scanner> =
        None, optional(parsed("ADDRESS", SCANNER, scanner, shown), ["none: nothing is scanned", "無：不掃毒"]);

    /// What becomes of contents that could not be scanned: taken and marked UNCHECKED, or kept waiting.
    /// 未能掃毒之內容：收受並標示 UNCHECKED，或留待掃毒。
    unscanned as "uploads.unscanned": Unscanned =
        Unscanned::Accept, choice(&[("accept", Unscanned::Accept), ("refuse", Unscanned::Refuse)]);
}

fn contradictions(values: &Values) -> Vec<Fault> {
    let own: &UploadSettings = values.of();
    let text = "uploads.scanner must be set when uploads.unscanned is refuse: nothing would ever be taken";
    let is_broken = own.unscanned == Unscanned::Refuse && own.scanner.is_none();
    if is_broken { vec![Fault::between(&["uploads.unscanned", "uploads.scanner"], text)] } else { Vec::new() }
}

/// Bytes of so many MiB.
pub const fn bytes(mebibytes: i64) -> i64 {
    mebibytes * 1024 * 1024
}
