//! Fees (戶政規費收費標準), whichever way a paper is applied for.

/// New Taiwan dollars in all: a sheet, a copy, or less for further copies.
pub fn fee(code: &str, fee_twd: Option<i32>, copies: i32, sheets: i32) -> i32 {
    const FURTHER_COPY: i32 = 15;
    let one = fee_twd.unwrap_or(0);
    match code {
        "TRANSCRIPT_EN" | "KINSHIP" => one + FURTHER_COPY * (copies - 1),
        "TRANSCRIPT_ZH"
        | "RECORD_COPY"
        | "CERT_MARRIAGE"
        | "CERT_DIVORCE"
        | "CERT_MARRIAGE_END"
        | "CERT_MARRIAGE_RECORD"
        | "CERT_MOVE_RECORD"
        | "CERT_NAME_RECORD" => one * copies * sheets,
        _ => one * copies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fees_are_those_of_the_standard() {
        assert_eq!(fee("TRANSCRIPT_ZH", Some(15), 2, 3), 90);
        assert_eq!(fee("TRANSCRIPT_EN", Some(100), 3, 1), 130);
        assert_eq!(fee("HC_REISSUE", Some(30), 2, 5), 60);
        assert_eq!(fee("KINSHIP", Some(30), 2, 1), 45);
    }
}
