//! Settings of the spot checks.

use crate::settings::count;

crate::settings! {
    /// Quality
    /// 品質
    pub struct QualitySettings;

    /// Cases of each clerk that a month's spot checks draw at least.
    /// 每月抽查每位承辦人的最低件數。
    spot_checks_per_clerk: i32 = 5, count(["cases", "件"], 1..=100);
}
