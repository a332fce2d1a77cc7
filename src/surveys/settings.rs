//! Settings of surveys: how the results are read, and how long words are kept.

use crate::settings::{count, days};

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
}
