//! Query parameters by type, unknown ones refused; ids and codes in paths; the words for coded reasons.

use std::borrow::Cow;
use std::future::{Ready, ready};
use std::str::FromStr;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::{Datelike, Days, NaiveDate};
use serde::de::DeserializeOwned;
use utoipa::IntoParams;

use super::bounds::Bounds;
use super::storable::{is_storable, unstorable};
use super::valid::{printable, settled, shape_error};
use crate::calendar::YEARS;
use crate::db::Id;
use crate::error::{Code, Error, FieldError, Problem, Result, Text};

/// Query parameters that every list takes; `Paging` reads them.
pub(super) const PAGING: [&str; 3] = ["cursor", "limit", "include_total"];

/// The operation's own query parameters.
#[derive(Clone, Debug)]
pub struct Params<T>(pub T);

impl<T: DeserializeOwned + IntoParams + 'static> FromRequest for Params<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(parse(request.query_string(), &PAGING).map(Self))
    }
}

/// Parses the query into `T`, leaving out the parameters that another extractor reads.
pub(super) fn parse<T: DeserializeOwned + IntoParams + 'static>(query: &str, others: &[&str]) -> Result<T> {
    let own: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| !others.contains(&name.as_ref())))
        .finish();
    let reader = serde_urlencoded::Deserializer::new(form_urlencoded::parse(own.as_bytes()));
    let read = serde_path_to_error::deserialize::<_, T>(reader).map_err(|e| {
        let path = e.path().to_string();
        let at = if path == "." { String::new() } else { format!("/{}", printable(&path)) };
        shape_error(&at, &e.into_inner().to_string())
    });
    settled(read, Bounds::of_query::<T>().broken_by_pairs(&own)).map_err(refused)
}

fn as_parameter(error: FieldError) -> FieldError {
    FieldError { pointer: format!("?{}", error.pointer.trim_start_matches('/')), ..error }
}

fn refused(errors: Vec<FieldError>) -> Error {
    Problem { errors: errors.into_iter().map(as_parameter).collect(), ..Problem::new(Code::INVALID_PARAMETER) }.into()
}

/// Refuses query parameters that are none of the operation's, or that no store could hold.
pub fn known_only(query: &str, known: &[String]) -> Result<()> {
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        let at = || format!("/{}", printable(&name));
        if !known.iter().any(|known| *known == name) {
            let text = Text::new("契約中沒有此參數", "the contract has no such parameter");
            return Err(refused(vec![FieldError::new(at(), "unknown_field", text)]));
        }
        if !is_storable(&value) {
            return Err(refused(vec![unstorable(at())]));
        }
    }
    Ok(())
}

/// A query parameter that breaks a rule beyond its shape.
pub fn parameter(name: &str, code: &'static str, text: Text) -> Error {
    refused(vec![FieldError::new(format!("/{name}"), code, text)])
}

/// A refusal of query parameters, where the same members stand in a body.
pub fn of_body(error: Error) -> Error {
    match error {
        Error::Problem(mut problem) if problem.code == Code::INVALID_PARAMETER => {
            problem.code = Code::INVALID;
            for error in &mut problem.errors {
                error.pointer = error.pointer.replacen('?', "/", 1);
            }
            Error::Problem(problem)
        }
        other => other,
    }
}

/// Whether a date lies where this office has business: arithmetic beyond may fail.
pub fn is_plausible(date: NaiveDate) -> bool {
    YEARS.contains(&date.year())
}

/// Refuses a day of a query that no office will see.
pub fn plausible_day(name: &str, date: Option<NaiveDate>) -> Result<()> {
    if date.is_none_or(is_plausible) {
        return Ok(());
    }
    Err(parameter(name, "range", coded("year").1))
}

/// Refuses bounds of a query that no office will see, and a last day before the first.
pub fn ordered_days(from: Option<NaiveDate>, to: Option<NaiveDate>) -> Result<()> {
    plausible_day("from", from)?;
    plausible_day("to", to)?;
    match from.zip(to) {
        Some((from, to)) if to < from => Err(parameter("to", "range", Text::new("不得早於 from", "not before from"))),
        _ => Ok(()),
    }
}

/// Refuses a code of a query by which nothing goes: an empty list would pass a slip for an answer.
pub fn known_code(name: &str, is_known: bool) -> Result<()> {
    if is_known {
        return Ok(());
    }
    Err(parameter(name, "unknown", coded("unknown").1))
}

/// The days from `from` (today when absent) to `to` (`usual` days later when absent), at most `longest` apart.
pub fn span(
    from: Option<NaiveDate>,
    to: Option<NaiveDate>,
    today: NaiveDate,
    usual: u64,
    longest: i64,
) -> Result<(NaiveDate, NaiveDate)> {
    ordered_days(from, to)?;
    let from = from.unwrap_or(today);
    let to = to.unwrap_or(from + Days::new(usual));
    if to < from || (to - from).num_days() > longest {
        let zh = format!("至多 {longest} 日，且不得早於 from");
        let en = format!("at most {longest} days, and not before from");
        return Err(parameter("to", "range", Text::new(zh, en)));
    }
    Ok((from, to))
}

/// The id in the path; anything that is no id is simply not there.
#[derive(Clone, Copy, Debug)]
pub struct PathId(pub Id);

impl FromRequest for PathId {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(from_path(request).map(Self))
    }
}

/// A date, code or other short text in the path.
#[derive(Clone, Debug)]
pub struct PathText<T>(pub T);

impl<T: FromStr + 'static> FromRequest for PathText<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(from_path(request).map(Self))
    }
}

/// The last part of a path with two: an item of a resource.
#[derive(Clone, Copy, Debug)]
pub struct PathTail<T>(pub T);

impl<T: FromStr + 'static> FromRequest for PathTail<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(part(request.match_info().iter().last()).map(Self))
    }
}

fn from_path<T: FromStr>(request: &HttpRequest) -> Result<T> {
    part(request.match_info().iter().next())
}

fn part<T: FromStr>(part: Option<(&str, &str)>) -> Result<T> {
    let (name, text) = part.unwrap_or_default();
    if !is_storable(text) {
        return Err(Problem { errors: vec![unstorable(format!("{{{name}}}"))], ..Problem::new(Code::NOT_FOUND) }.into());
    }
    text.parse().map_err(|_| Error::from(Code::NOT_FOUND))
}

fn years() -> Text {
    let (first, last) = (YEARS.start(), YEARS.end());
    Text::new(format!("年份須為 {first} 至 {last}"), format!("the year must be {first} to {last}"))
}

/// What is said of a member that names something which is not there. Whatever else went wrong stays what it is: a write that met another
/// is run again, and a store that cannot work is no mistake of the caller's.
pub fn unknown_at(pointer: impl Into<String>) -> impl FnOnce(Error) -> Error {
    let pointer = pointer.into();
    move |error| match error {
        Error::Problem(problem) if problem.code == Code::NOT_FOUND => Error::field(pointer, "unknown", coded("unknown").1),
        Error::Store(diesel::result::Error::NotFound) => Error::field(pointer, "unknown", coded("unknown").1),
        other => other,
    }
}

/// The words for a reason that a type of ours, or a check, gives as a bare code.
pub fn coded(code: &str) -> (String, Text) {
    let text = |zh: &'static str, en: &'static str| Text { zh: Cow::Borrowed(zh), en: Cow::Borrowed(en) };
    let words = match code {
        "required" => text("此欄位為必填", "this field is required"),
        "not_both" => text("二者擇一填寫", "give one of the two"),
        "not_allowed" => text("此處不填", "it does not belong here"),
        "unknown" => text("查無此代碼", "there is no such code"),
        "pattern" => text("格式不符", "the form is wrong"),
        "length" => text("長度不符", "the length is wrong"),
        "national_number" => text("此為統一編號，請填 national_id", "this is a personal number: give it as `national_id`"),
        "national_paper" => text(
            "國民身分證非外國文件，請填 national_id",
            "a Taiwanese identity card is no foreign paper: give its number as `national_id`",
        ),
        "invalid_type" => text("型別不符", "the value is not of the member's type"),
        "check_digit" => text("檢查碼不符", "the check digit does not match"),
        "too_short" => text("長度不足", "it is too short"),
        "too_long" => text("長度過長", "it is too long"),
        "too_simple" => {
            text("至少須含大寫、小寫、數字、符號其中三種", "use at least three of: capitals, small letters, digits, other signs")
        }
        "contains_username" => text("不得包含帳號", "it contains the user name"),
        "too_common" => text("過於常見", "it is too common"),
        "guessable" => text(
            "過於容易猜中：請避開常見密碼、個人資料與日期",
            "it is soon guessed: avoid common passwords, your own data and dates",
        ),
        "reused" => text("不得與最近三次相同", "it is one of the last three"),
        "email" => text("電子郵件格式不符", "this is no e-mail address"),
        "phone" => text("電話號碼格式不符", "this is no telephone number"),
        "invalid_id" => text("識別碼格式不符", "this is no id"),
        "date" => text("日期須為 YYYY-MM-DD", "a date is YYYY-MM-DD"),
        "partial_date" => {
            let words = text("日期須為 YYYY-MM-DD、YYYY-MM 或 YYYY", "a date is YYYY-MM-DD, YYYY-MM or YYYY");
            return ("date".to_owned(), words);
        }
        "unknown_part" => text(
            "不詳之日、月請省略：僅知年份填 1932，僅知年月填 1932-05",
            "leave out what is unknown: 1932 where only the year is known, 1932-05 where the month is",
        ),
        "year" => return ("range".to_owned(), years()),
        "moment" => text("時間須為 RFC 3339", "a time is RFC 3339"),
        "township" => text("鄉鎮市名稱不符", "the township has another kind (鄉 or 鎮)"),
        "village" => text("村里不屬於該鄉鎮", "the village is none of that township's"),
        "house_number" => text("缺少門牌號", "a house number (號) is missing"),
        "personal_number" => text("不得包含個人號碼（統一編號、護照、行動電話）", "it must not hold the number of a person"),
        "not_a_name" => text("姓名須為文字，不得有數字或符號", "a name is made of letters, without digits and symbols"),
        "control_characters" => text("不得包含控制字元", "control characters are not allowed"),
        "invisible_characters" => {
            text("不得包含不可見或改變文字方向之字元", "characters that cannot be seen or turn the direction are not allowed")
        }
        "private_use_characters" => {
            text("不得包含自造字（私人使用區字元）", "characters for private use are not allowed: others cannot read them")
        }
        "unassigned_characters" => text("不得包含未定義或替代字元", "characters that stand for nothing are not allowed"),
        "combining_characters" => text("不得以組合用符號起首", "an accent or vowel sign must follow a letter"),
        "blank" => text("不得僅有空白", "it must not be blank"),
        // Words of the libraries that read numbers, truth values, dates and times.
        "invalid digit found in string" | "cannot parse integer from empty string" | "invalid float literal" => {
            return ("invalid_type".to_owned(), text("應為數字", "expected a number"));
        }
        "number too large to fit in target type" | "number too small to fit in target type" => {
            return ("range".to_owned(), text("數值超出範圍", "the number is out of bounds"));
        }
        "provided string was not `true` or `false`" => {
            return ("invalid_type".to_owned(), text("應為 true 或 false", "expected true or false"));
        }
        "input contains invalid characters" | "premature end of input" | "trailing input" | "input is out of range" => {
            let words = text("日期須為 YYYY-MM-DD，時刻須為 HH:MM:SS", "a date is YYYY-MM-DD, a time of day HH:MM:SS");
            return ("invalid".to_owned(), words);
        }
        _ => return ("invalid".to_owned(), text("內容不符規定", "the value does not fit the contract")),
    };
    (code.to_owned(), words)
}
