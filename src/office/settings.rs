//! Settings of the office itself.

use crate::settings::{parsed, plain_text};

const TELEPHONE: [&str; 2] = ["3 to 40 digits, spaces and signs of + - ( ) # ,", "3 至 40 個數字、空白與 + - ( ) # , 符號"];
const ADDRESS: [&str; 2] = ["1 to 200 characters, no space at its ends", "1 至 200 個字元，前後不得有空白"];

fn telephone(text: &str) -> Option<String> {
    let fits = text.chars().all(|c| c.is_ascii_digit() || " +-()#,".contains(c))
        && text.chars().filter(char::is_ascii_digit).count() > 2;
    plain_text(text, 40).filter(|_| fits)
}

crate::settings! {
    /// The office
    /// 機關
    pub struct OfficeSettings;

    // Assumed until the office sets its own.
    /// Telephone number of the office, as GET /v1/office tells it.
    /// 機關電話，列於 GET /v1/office。
    office_telephone: String = "04-7560000".to_owned(), parsed("NUMBER", TELEPHONE, telephone, Clone::clone);

    /// Address of the office in Chinese.
    /// 機關中文地址。
    office_address: String = "彰化縣和美鎮".to_owned(), parsed("TEXT", ADDRESS, |text| plain_text(text, 200), Clone::clone);

    /// Address of the office in English.
    /// 機關英文地址。
    office_address_en: String = "Hemei Township, Changhua County".to_owned(),
        parsed("TEXT", ADDRESS, |text| plain_text(text, 200), Clone::clone);
}
