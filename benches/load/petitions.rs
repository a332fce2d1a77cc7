//! The search in many petitions, and their lists.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::office::{CLIENTS, Client, Figures, Office, drive, phase, post, show, token};

/// Staff who work at the same time.
const STAFF: usize = 8;

/// Of what petitions are made: a few of these, and characters of any kind.
const CLAUSES: [&str; 40] = [
    "彰美路五段巷口門牌鬆脫",
    "請儘速派員修復以策安全",
    "遷入登記應備哪些文件",
    "申請戶籍謄本時規費似有溢收",
    "請查明後退還溢收之規費",
    "國民身分證補發等候時間過長",
    "建議於二樓增設叫號看板",
    "一樓服務臺無人值勤達半小時",
    "承辦人員態度親切值得嘉許",
    "停車場太小常無車位可停",
    "路燈已三日不亮影響夜間通行",
    "身心障礙坡道過陡輪椅難行",
    "網路預約系統無法登入",
    "線上申辦自然人憑證失敗",
    "出生登記希望可跨所辦理",
    "死亡登記後稅籍未同步更新",
    "結婚登記假日時段不足",
    "改姓名須幾日可領新證",
    "里界調整後門牌未換發",
    "飲水機故障多日未修",
    "哺集乳室鑰匙無人保管",
    "新住民歸化測試題庫請上網",
    "英文戶籍謄本拼音有誤",
    "印鑑證明委託書格式不明",
    "戶口名簿遺失應如何補領",
    "法律諮詢名額太少",
    "中午彈性上班請公告",
    "電話總機轉接多次未果",
    "官網公告之表單為舊版",
    "志工引導親切但人手不足",
    "廁所清潔應加強",
    "冷氣過冷請調整",
    "身分證照片規格說明不清",
    "收到兩次相同之催告通知",
    "寄送之公文地址有誤",
    "請說明不予核准之理由",
    "鄰居違規占用騎樓",
    "原住民傳統姓名並列方式",
    "監護登記須否法院裁定",
    "請以書面答復本人",
];

/// What is looked for: of one to seven characters, common ones, rare ones and ones that nobody has written.
const SOUGHT: [&str; 30] = [
    "請",
    "戶",
    "龜",
    "門牌",
    "戶籍",
    "謄本",
    "規費",
    "路燈",
    "停車",
    "無人",
    "台無",
    "不亮",
    "身分證",
    "停車場",
    "叫號看",
    "英文戶",
    "服務臺",
    "遷入登記",
    "戶籍謄本",
    "門牌鬆脫",
    "法律諮詢",
    "無此一詞",
    "自然人憑證",
    "占用騎樓以",
    "等候時間過長",
    "溢收之規費請",
    "國民身分證補發",
    "二樓增設叫號看",
    "里界調整後門牌",
    "假日時段不足請",
];

fn get(path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n\r\n")
}

fn search(token: &str, text: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("q", text).append_pair("limit", "50").finish();
    get(&format!("/v1/petitions?{query}"), token)
}

/// A number that looks like chance, and is the same in every run.
fn chance(number: u32, salt: u32) -> u32 {
    let mut mixed = (u64::from(number) << 32) | u64::from(salt);
    for factor in [0xff51_afd7_ed55_8ccd, 0xc4ce_b9fe_1a85_ec53] {
        mixed = (mixed ^ (mixed >> 33)).wrapping_mul(factor);
    }
    u32::try_from((mixed ^ (mixed >> 33)) & 0x7fff_ffff).unwrap_or_default()
}

fn petition(number: u32) -> Value {
    let clause = |salt| CLAUSES[chance(number, salt) as usize % CLAUSES.len()];
    let rare = |salt| char::from_u32(0x4e00 + chance(number, salt) % 20_000).unwrap_or('龍');
    let body: Vec<&str> = (0..4 + chance(number, 0) % 6).map(|n| clause(10 + n)).collect();
    let kind = ["INQUIRY", "SUGGESTION", "RIGHTS"][chance(number, 4) as usize % 3];
    let name: String = [rare(1), rare(2), rare(3)].iter().collect();
    json!({
        "kind": kind, "channel": "LETTER", "subject": clause(5),
        "body": format!("{}。聯絡人{name}，第{number}件。", body.join("，")),
        "petitioner": {"name": "王小明"}, "contact": {"address": "臺北市大安區和平東路一段1號"},
        "confidential": number.is_multiple_of(50)
    })
}

/// Takes so many petitions, by all clients at once.
fn fill(office: &Office, token: &str, count: u32) {
    let next = AtomicU32::new(0);
    thread::scope(|scope| {
        for _ in 0..CLIENTS {
            scope.spawn(|| {
                let mut client = Client::new(&office.address);
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= count {
                        return;
                    }
                    let headers = format!("Authorization: Bearer {token}\r\nIdempotency-Key: p{number}\r\n");
                    let (status, body) = client.send(&post("/v1/petitions", &headers, &petition(number).to_string()));
                    assert_eq!(status, 201, "{}", String::from_utf8_lossy(body));
                }
            });
        }
    });
}

/// Waits until the index has taken all in: what it does not have yet is looked through, which takes long.
fn settle(office: &Office, token: &str) {
    let (mut client, mut quick) = (Client::new(&office.address), 0);
    while quick < 10 {
        thread::sleep(Duration::from_secs(1));
        let sent = Instant::now();
        let (status, _) = client.send(&search(token, "㐀㐁㐂"));
        assert_eq!(status, 200);
        quick = if sent.elapsed() < Duration::from_millis(20) { quick + 1 } else { 0 };
    }
}

/// Goes from page to page, as deep as the phase lasts; every page is timed.
fn page_through(office: &Office, token: &str, filter: &str) -> (Figures, usize) {
    let (mut client, mut times, mut cursor, mut rows) = (Client::new(&office.address), Vec::new(), String::new(), 0);
    let begun = Instant::now();
    while begun.elapsed() < phase() {
        let sent = Instant::now();
        let (status, body) = client.send(&get(&format!("/v1/petitions?limit=50{filter}{cursor}"), token));
        times.push(sent.elapsed());
        let page: Value = serde_json::from_slice(body).unwrap();
        assert_eq!(status, 200, "{page}");
        rows += page["items"].as_array().unwrap().len();
        cursor = page["next"].as_str().map(|next| format!("&cursor={next}")).unwrap_or_default();
    }
    (Figures::of(&mut times, begun.elapsed().as_secs_f64()), rows)
}

/// Measures over BENCH_PETITIONS petitions, 200,000 by default.
pub fn run() {
    let count = std::env::var("BENCH_PETITIONS").ok().and_then(|n| n.parse().ok()).unwrap_or(200_000);
    let office = Office::start(0);
    let mut client = Client::new(&office.address);
    let (chief, clerk) = (token(&mut client, "chief1"), token(&mut client, "clerk1"));
    let begun = Instant::now();
    fill(&office, &clerk, count);
    println!("petitions: {count} taken in {:.0} s", begun.elapsed().as_secs_f64());
    settle(&office, &chief);
    println!("  in the index after {:.0} s", begun.elapsed().as_secs_f64());
    for text in SOUGHT {
        let (mut times, mut hits) = (Vec::new(), 0);
        for _ in 0..20 {
            let sent = Instant::now();
            let (_, body) = client.send(&search(&chief, text));
            times.push(sent.elapsed());
            let page: Value = serde_json::from_slice(body).unwrap();
            hits = page["items"].as_array().unwrap().len();
        }
        show(&format!("    {text}, {hits} on the page"), &Figures::of(&mut times, 1.0));
    }
    let of = |token: &str| SOUGHT.map(|text| search(token, text));
    let (theirs, clerks) = (of(&chief), of(&clerk));
    let asked = |all: &[String; 30], number: u32| all[number as usize % all.len()].clone();
    show("  search, one client", &drive(1, &office.address, |number| asked(&theirs, number), 200));
    show(&format!("  search, {STAFF} at once"), &drive(STAFF, &office.address, |number| asked(&theirs, number), 200));
    show("  search by a clerk, who sees no confidential one", &drive(1, &office.address, |number| asked(&clerks, number), 200));
    for (name, filter) in [
        ("  all, page after page", ""),
        ("  to be assigned", "&queue=TO_ASSIGN"),
        ("  overdue", "&queue=OVERDUE"),
        ("  closed", "&status=CLOSED"),
        ("  suggestions", "&kind=SUGGESTION"),
        ("  that came by telephone", "&channel=PHONE"),
    ] {
        let (figures, rows) = page_through(&office, &chief, filter);
        show(&format!("{name}, {rows} rows deep"), &figures);
    }
    println!("  memory: {:.0} MiB after the load", office.memory());
}
