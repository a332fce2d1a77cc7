//! Settings of petitions: their limits, and the readings of the law that are open.

use crate::calendar::Period;
use crate::settings::{BASE_URL, Form, base_url, count, days, hours, optional, parsed, switch};

const RULE: [&str; 2] =
    ["a period such as 7WD or 30D, of at most 30 days or working days", "期間，如 7WD 或 30D，至多 30 日或 30 個工作日"];

/// A period within the 30 days that the central guideline sets; whether working days count alone is an open reading.
pub fn limit() -> impl Form<Value = Period> {
    parsed("PERIOD", RULE, |text| text.parse().ok().filter(is_short), Period::to_string)
}

fn is_short(period: &Period) -> bool {
    matches!(period, Period::Days(1..=30) | Period::WorkingDays(1..=30))
}

crate::settings! {
    /// Petitions
    /// 陳情
    pub struct PetitionSettings;

    /// Period for answering an inquiry about rules.
    /// 答復法令查詢的期間。
    inquiry_period: Period = Period::WorkingDays(7), limit();

    /// Period for answering a suggestion.
    /// 答復建議的期間。
    suggestion_period: Period = Period::Days(15), limit();

    /// Period for answering a report of wrongdoing.
    /// 答復舉發違失的期間。
    report_period: Period = Period::Days(30), limit();

    /// Period for answering a petition for the protection of rights.
    /// 答復權益維護陳情的期間。
    rights_period: Period = Period::Days(30), limit();

    /// Days for which the one extension may be at most.
    /// 延長一次至多的日數。
    extension_days as "petitions.extension_days": i64 = 30, days(1..=30);

    /// Days that a petition may take in all with its extension, supplements not counted.
    /// 連同延長至多的總日數，補充期間不計。
    longest_days as "petitions.longest_days": i64 = 60, days(30..=60);

    /// Whether the clock stands still while a supplement is awaited.
    /// 待補充期間是否停止計算。
    supplement_stops_clock as "petitions.supplement_stops_clock": bool = true, switch();

    /// Days for confirming a petition that came by the mailbox, before it is screened.
    /// 民意信箱陳情之確認日數，逾期轉篩選。
    confirm_days as "petitions.confirm_days": i64 = 3, days(1..=7);

    /// Page of the office's front-end on which a petition is confirmed; `#`, its id, a point and the code are appended.
    /// 前端供民眾確認陳情之網頁；其後附加 #、陳情識別碼、半形句點與確認碼。
    confirm_page as "petitions.confirm_page": Option<String> = None, optional(
        parsed("URL", BASE_URL, base_url, Clone::clone), ["the API's own page", "本服務之網頁"]
    );

    /// Clear answers after which the same matter may be filed without another one.
    /// 已明確答復幾次後得不予答復。
    answers_before_filing as "petitions.answers_before_filing": usize = 2, count(["answers", "次"], 1..=10);

    /// Days that a petitioner has for a supplement at least, from when the request has reached them, before the petition is filed for want of it.
    /// 以未補充為由不予處理前，補充請求到達陳情人後至少應給之日數。
    supplement_days as "petitions.supplement_days": i64 = 3, days(1..=30);

    /// Days after its posting on which a letter counts as having reached whom it is sent to.
    /// 信函付郵後視為到達之日數。
    letter_days as "petitions.letter_days": i64 = 2, days(0..=14);

    /// Days after which a petition that was replied to, and to which nothing has come since, has ended for its retention, though nobody has closed it.
    /// 陳情經答復後，其後無任何往來而未結案者，經幾日視為結束而起算保存年限。
    settled_days as "petitions.settled_days": i64 = 60, days(1..=365);

    /// Hours before its limit at which a petition is due soon.
    /// 期限前幾小時列為將到期的陳情。
    due_soon_hours as "petitions.due_soon_hours": i64 = 48, hours(1..=720);
}
