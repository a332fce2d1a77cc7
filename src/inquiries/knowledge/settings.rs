//! Settings of knowledge answers.

use crate::settings::count;

crate::settings! {
    /// Knowledge answers
    /// 常見問答
    pub struct KnowledgeSettings;

    /// Months after which a published answer is to be looked at again.
    /// 已公布之問答幾個月後須重新檢視。
    review_months as "knowledge.review_months": u32 = 12, count(["months", "個月"], 1..=36);
}
