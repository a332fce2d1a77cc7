//! What can be refused with digests beside what every domain refuses.

use crate::codes;

codes! {
    MONTH_NOT_OVER "month_not_over" 409
        "該月尚未結束" "The month is not over yet"
        "月底後再陳報；在此之前可隨時查閱即時統計。" "Submit it once the month has ended; until then its live figures can be read.";
    FIGURES_CHANGED "figures_changed" 409
        "陳報後統計已有變動" "The figures have changed since they were submitted"
        "請承辦人核對後重新陳報。" "The clerk looks at them and submits them again.";
}
