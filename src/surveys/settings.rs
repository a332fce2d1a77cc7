//! Settings of surveys: how the results are read, how long words are kept, and who is invited how often.

use crate::settings::{BASE_URL, base_url, count, days, hours, optional, parsed};

crate::settings! {
    /// Surveys
    /// 問卷調查
    pub struct SurveySettings;

    /// Answers that a number in the results stands for at least; kept with each survey when it opens.
    /// 結果中每一數字至少須代表的答案數；於問卷開放時存於該問卷。
    survey_least_answers: u32 = 5, count(["answers", "份"], 5..=50);

    /// Points from which a rating of 1 to 5 counts as satisfied; kept with each survey when it opens.
    /// 1 至 5 分之評分自幾分起計為滿意；於問卷開放時存於該問卷。
    survey_satisfied_from: u32 = 4, count(["points", "分"], 4..=5);

    /// Level of the confidence intervals; kept with each survey when it opens.
    /// 信賴區間之信心水準；於問卷開放時存於該問卷。
    survey_confidence_percent: u32 = 95, count(["per cent", "%"], 80..=99);

    /// Answers that one survey takes at most.
    /// 一份問卷至多受理的答案數。
    survey_answers_at_most: u32 = 5000, count(["answers", "份"], 100..=20_000);

    /// Days after which the free texts of a closed survey are deleted.
    /// 問卷結束後，文字意見於幾日後刪除。
    survey_words_kept_days: i64 = 1095, days(30..=3650);

    /// Share of those who had a service after which a survey is sent that are invited, drawn by chance.
    /// 服務後邀請填寫問卷的比例，隨機抽出。
    survey_invited_percent: u32 = 100, count(["per cent", "%"], 1..=100);

    /// Days within which nobody is invited to a survey twice, be it another one.
    /// 同一人於幾日內至多受邀一次，不同問卷併計。
    survey_rest_days: i64 = 90, days(1..=3650);

    /// Hours after midnight, in Taipei, at which those are invited who had a service on the day before.
    /// 每日午夜後幾小時邀請前一日受服務者（臺北時間）。
    survey_invitation_hour: u32 = 10, hours(0..=23);

    /// Days for which an invitation that comes back is not counted; then it is forgotten to which address it went.
    /// 邀請寄出後幾日內遭退信者不計入；逾期即刪除寄往何信箱之紀錄。
    survey_bounce_days: i64 = 14, days(1..=60);

    /// Page of the office's front-end on which an invitation is answered; `#`, the survey's id, its token and a code, with points between them, are appended.
    /// 前端供受邀者作答之網頁；其後附加 #、問卷識別碼、作答代碼與婉拒碼，以半形句點分隔。
    survey_page: Option<String> = None, optional(
        parsed("URL", BASE_URL, base_url, Clone::clone), ["the API's own page", "本服務之網頁"]
    );
}
