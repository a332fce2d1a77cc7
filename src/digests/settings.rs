//! Settings of the monthly digest: when it is due, and what is too few to be shown.

use super::month::DueMove;
use crate::settings::{choice, count, days};

crate::settings! {
    /// Monthly digest of petitions
    /// 陳情案件月報
    pub struct DigestSettings;

    /// Day of the following month by which the digest of a month is due to be frozen.
    /// 月報應於次月幾日前定稿。
    digest_due_day: u32 = 10, count(["days of the month", "日"], 1..=28);

    /// Where that day goes when it is no working day: to the next one, to the one before, or nowhere.
    /// 期限日非工作日時：順延至次一工作日、提前至前一工作日，或不變。
    digest_due_moves: DueMove = DueMove::Next, choice(&[("next", DueMove::Next), ("before", DueMove::Before), ("stays", DueMove::Stays)]);

    /// Days before its due day from which a digest is told of as due soon.
    /// 期限前幾日起提示月報將到期。
    digest_due_soon_days: u64 = 3, days(0..=20);

    /// Ratings below which nothing of the satisfaction of a month is shown; kept with each digest when it is frozen.
    /// 滿意度評分少於幾件時不顯示；於月報定稿時存於該月報。
    digest_least_ratings: u32 = 5, count(["ratings", "件"], 5..=50);
}
