//! Settings of legal advice by video.

use crate::settings::{hours, meeting_url, minutes, parsed};

const MEETING_URL: [&str; 2] = [
    "an https:// address that contains {room} and {token}, of at most 500 characters (http:// on this machine only)",
    "含 {room} 與 {token} 的 https:// 位址，至多 500 個字元（僅本機可用 http://）",
];

crate::settings! {
    /// Legal advice
    /// 法律諮詢
    pub struct ConsultationSettings;

    /// Provider's address of a video meeting; {room} and {token} are filled in.
    /// 視訊會議的位址；{room} 與 {token} 由系統填入。
    join_url_template: String = "https://meet.example.gov.tw/{room}?token={token}".to_owned(),
        parsed("URL", MEETING_URL, meeting_url, Clone::clone);

    /// Minutes that a join link is open before the slot and after it.
    /// 視訊連結於時段前後開放的分鐘數。
    join_margin_minutes: i64 = 10, minutes(0..=120);

    /// Hours for which a referral's offered slot is kept.
    /// 轉介時段保留的時數。
    referral_offer_hours: i64 = 48, hours(1..=720);
}
