//! Organisations and agencies, which apply, own houses and are guardians as people do.

use std::fmt;
use std::str::FromStr;

/// Business number 統一編號 of a company or another organisation, with its check (財政部, since 2023-04: a multiple of five).
#[derive(Clone, PartialEq, Eq)]
pub struct BusinessNumber(String);

/// Code of a government agency 機關代碼.
#[derive(Clone, PartialEq, Eq)]
pub struct AgencyCode(String);

impl FromStr for BusinessNumber {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WEIGHTS: [u32; 8] = [1, 2, 1, 2, 1, 2, 4, 1];
        if text.len() != 8 {
            return Err("length");
        }
        let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
        let digits = digits.ok_or("pattern")?;
        let sum: u32 = digits.iter().zip(WEIGHTS).map(|(digit, weight)| digit * weight).map(|n| n / 10 + n % 10).sum();
        // 7 × 4 = 28 may count as 10, and that as 1 or as 0.
        let fits = sum.is_multiple_of(5) || (digits[6] == 7 && (sum + 1).is_multiple_of(5));
        if fits { Ok(Self(text.to_owned())) } else { Err("check_digit") }
    }
}

impl FromStr for AgencyCode {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = (6..=15).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b.is_ascii_uppercase());
        if fits { Ok(Self(text.to_owned())) } else { Err("pattern") }
    }
}

impl fmt::Display for BusinessNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for AgencyCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn business_numbers_are_judged_by_their_check() {
        for valid in ["04595257", "22099131", "10458575", "88117125"] {
            assert!(valid.parse::<BusinessNumber>().is_ok(), "{valid}");
        }
        for (text, code) in
            [("04595258", "check_digit"), ("0459525", "length"), ("0459525A", "pattern"), ("０４５９５２５７", "length")]
        {
            assert_eq!(text.parse::<BusinessNumber>().err(), Some(code), "{text}");
        }
    }

    #[test]
    fn agency_codes_have_a_form() {
        assert!("376480000A".parse::<AgencyCode>().is_ok());
        for text in ["37648", "376480000a", "376480000A000000"] {
            assert!(text.parse::<AgencyCode>().is_err(), "{text}");
        }
    }
}
