//! One error type, one problem document (RFC 9457), one table of codes in Chinese and English.

use std::borrow::Cow;
use std::fmt;

use actix_web::http::StatusCode;
use serde::Serialize;
use serde_json::{Map, Value};

mod document;
mod members;

pub use document::{ProblemDocument, ProblemField};
pub use members::{Carried, Member};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The language of titles and details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Language {
    #[default]
    Chinese,
    English,
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    pub zh: Cow<'static, str>,
    pub en: Cow<'static, str>,
}

impl Text {
    pub fn new(zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { zh: zh.into(), en: en.into() }
    }

    pub fn get(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.zh,
            Language::English => &self.en,
        }
    }
}

macro_rules! codes {
    ($($(#[$meta:meta])* $variant:ident $code:literal $status:literal
        $zh:literal $en:literal
        $do_zh:literal $do_en:literal;)+) => {
        /// Every code that a problem document can carry.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$meta])* $variant),+ }

        impl Code {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// Stable name for programs.
            pub const fn as_str(self) -> &'static str { match self { $(Self::$variant => $code),+ } }
            pub fn status(self) -> StatusCode {
                StatusCode::from_u16(match self { $(Self::$variant => $status),+ }).expect("the table holds valid statuses")
            }
            /// What happened.
            pub fn title(self) -> Text { match self { $(Self::$variant => Text::new($zh, $en)),+ } }
            /// What the caller can do about it.
            pub fn remedy(self) -> Text { match self { $(Self::$variant => Text::new($do_zh, $do_en)),+ } }
        }
    };
}

codes! {
    Malformed "malformed" 400
        "請求格式不正確" "The request cannot be read"
        "請檢查 JSON 語法、標頭與網址編碼。" "Check the JSON syntax, the headers and the encoding of the address.";
    InvalidParameter "invalid_parameter" 400
        "查詢參數不正確" "A query parameter is wrong"
        "errors 列出參數名稱與規則；未列於契約的參數不予接受。" "`errors` names the parameter and the rule; parameters outside the contract are refused.";
    InvalidCursor "invalid_cursor" 400
        "分頁游標無效" "The cursor does not fit this list"
        "請自第一頁重新讀取，且勿在翻頁時變更篩選條件。" "Start again at the first page, and keep the filters while paging.";
    InvalidGrant "invalid_grant" 400
        "授權憑據無效" "What was shown for a token is no good"
        "更新權杖不存在、已使用、已撤銷或逾期，或帳號密碼不正確；請重新登入。" "The refresh token is unknown, used, revoked or expired, or the user name or password is wrong; log in again.";
    Unauthenticated "unauthenticated" 401
        "請先登入" "Please sign in"
        "請以 Authorization: Bearer 提供有效的存取權杖。" "Send a valid access token as `Authorization: Bearer`.";
    InvalidCredentials "invalid_credentials" 401
        "帳號或密碼不正確" "The user name or password is wrong"
        "請確認後重試；連續失敗將暫時鎖定。" "Check both and try again; repeated failures lock the log-in for a while.";
    InvalidClient "invalid_client" 401
        "介接用戶端驗證失敗" "The client cannot be authenticated"
        "請確認用戶端代碼與密鑰，或洽系統管理員換發。" "Check the client id and secret, or ask the administrator for a new secret.";
    Forbidden "forbidden" 403
        "您的角色不得執行此操作" "Your role may not do this"
        "請洽具備權限的人員。" "Ask somebody whose role may.";
    InsufficientScope "insufficient_scope" 403
        "存取權杖的授權範圍不足" "The token lacks the scope"
        "請以所需的 scope 重新取得權杖。" "Get a token with the scope that the contract names for this operation.";
    PasswordChangeRequired "password_change_required" 403
        "請先變更密碼" "Change your password first"
        "請呼叫 POST /v1/auth/password。" "Call POST /v1/auth/password.";
    NotFound "not_found" 404
        "查無資料" "Nothing is there for you"
        "請確認網址；非本人之資料亦以查無回應。" "Check the address; records of other people answer the same way.";
    MethodNotAllowed "method_not_allowed" 405
        "此網址不支援該方法" "The address does not know this method"
        "Allow 標頭列出可用的方法。" "The `Allow` header lists the methods.";
    NotAcceptable "not_acceptable" 406
        "無法提供所要求的格式" "The wanted format is not offered"
        "請接受 application/json。" "Accept application/json.";
    RequestTimeout "request_timeout" 408
        "請求傳送過慢" "The request came too slowly"
        "請重新傳送；內容須於一分鐘內傳完。" "Send it again; a body must be there within a minute.";
    Conflict "conflict" 409
        "與現有資料衝突" "This conflicts with what is recorded"
        "請依 errors 的說明調整。" "Adjust what `errors` names.";
    IdentityNotProven "identity_not_proven" 409
        "無法於線上確認身分" "Your identity cannot be confirmed online"
        "請確認姓名、統一編號與出生日期，或攜帶身分證件至櫃檯辦理。" "Check name, number and date of birth, or show your identity card at the counter.";
    WrongState "wrong_state" 409
        "目前狀態不允許此操作" "The record's state does not allow this"
        "allowed_actions 列出目前可執行的操作。" "`allowed_actions` lists what is possible now.";
    SlotTaken "slot_taken" 409
        "該時段已被預約" "The slot is taken"
        "alternatives 列出最近的可預約時段。" "`alternatives` lists the nearest free slots.";
    SlotNotBookable "slot_not_bookable" 409
        "該時段不開放預約" "The slot cannot be booked"
        "errors 說明未符合的規則；GET /v1/slots/explain 列出全部規則。" "`errors` names the rule; GET /v1/slots/explain shows them all.";
    AlreadyBooked "already_booked" 409
        "同一日已有預約" "This person already has a booking that day"
        "請先取消或改期原預約。" "Cancel or move the other booking first.";
    BookingSuspended "booking_suspended" 409
        "因多次未到，暫停線上預約" "Online booking is suspended after repeated no-shows"
        "請於暫停期滿後預約，或洽櫃檯辦理。" "Book again after the suspension, or ask at the counter.";
    AdviserConflict "adviser_conflict" 409
        "該時段律師須利益迴避" "Every adviser of this slot has a conflict of interest"
        "請改選其他時段。" "Choose another slot.";
    HoldExpired "hold_expired" 409
        "保留時段已逾時" "The hold has expired"
        "請重新選擇時段。" "Choose a slot again.";
    LinkNotOpen "link_not_open" 409
        "視訊連結尚未開放或已關閉" "The video link is not open"
        "opens_at 與 closes_at 為開放時間。" "`opens_at` and `closes_at` say when it is.";
    OwnRequest "own_request" 409
        "不得核准自己的申請" "You cannot approve your own request"
        "請由他人核准。" "Somebody else must approve it.";
    PossibleDuplicate "possible_duplicate" 409
        "可能為重複案件" "This may be the same case as another"
        "matches 列出相近案件；確認非重複者請帶 confirm_not_duplicate 重送。" "`matches` lists the cases; send `confirm_not_duplicate` when it is another matter.";
    NotToldOnce "not_told_once" 409
        "應備文件已一次告知，不得再行要求" "What is missing has been told once and cannot be asked for again"
        "除有新事實外，不得再要求當時即應備之文件。" "Only a new fact makes a further request possible: say it in `new_fact`.";
    DocumentsMissing "documents_missing" 409
        "文件尚未齊全" "Papers are missing"
        "missing_papers 列出尚缺文件；請開立一次告知單。" "`missing_papers` lists them; give the one-time notice.";
    ProxyNotApproved "proxy_not_approved" 409
        "委託申請尚未經核准" "The proxy has not been approved"
        "請由主管核准後再送審（戶籍法 §47）。" "A supervisor must approve this proxy first (戶籍法 §47).";
    AssignedToOther "assigned_to_other" 409
        "案件由他人承辦中" "Somebody else is in charge of it"
        "請洽承辦人，或由主管改派。" "Ask whoever is in charge, or have a supervisor reassign it.";
    SamePerson "same_person" 409
        "不得由同一人承辦及審核" "The same person cannot do both"
        "請由另一人辦理。" "Somebody else must do it.";
    CursorExpired "cursor_expired" 410
        "游標已過期" "The cursor has expired"
        "請重新同步。" "Synchronise again from the start.";
    VersionMismatch "version_mismatch" 412
        "資料已被他人更新" "The record has changed since you read it"
        "請重新讀取後再試。" "Read it again and repeat the change.";
    TooLarge "too_large" 413
        "請求內容過大" "The request body is too large"
        "上限見契約。" "The contract states the limit.";
    UnsupportedMediaType "unsupported_media_type" 415
        "不支援的內容類型" "The content type is not supported"
        "請以 Content-Type: application/json 傳送。" "Send `Content-Type: application/json`.";
    Invalid "invalid" 422
        "資料不符規定" "The data breaks a rule"
        "errors 列出欄位與規則。" "`errors` names each field and rule.";
    IdempotencyMismatch "idempotency_mismatch" 422
        "同一 Idempotency-Key 的內容不同" "This Idempotency-Key was used for another request"
        "請為不同的請求使用新的金鑰。" "Use a new key for a different request.";
    PreconditionRequired "precondition_required" 428
        "缺少必要的標頭" "A required header is missing"
        "請依契約附上 If-Match 或 Idempotency-Key。" "Send `If-Match` or `Idempotency-Key` as the contract says.";
    RateLimited "rate_limited" 429
        "請求過於頻繁" "Too many requests"
        "請於 Retry-After 秒後再試。" "Try again after `Retry-After` seconds.";
    LoginLocked "login_locked" 429
        "登入失敗次數過多，暫時鎖定" "Too many failed log-ins; locked for a while"
        "請於 Retry-After 秒後再試。" "Try again after `Retry-After` seconds.";
    Internal "internal" 500
        "系統發生錯誤" "Something broke on our side"
        "請稍後再試，並提供 trace_id。" "Try again later, and quote the trace_id.";
    Overloaded "overloaded" 503
        "系統忙碌中" "The server is busy"
        "請於 Retry-After 秒後再試。" "Try again after `Retry-After` seconds.";
    StoreUnavailable "store_unavailable" 503
        "資料庫暫時無法使用" "The store takes no requests right now"
        "請於 Retry-After 秒後再試；未確認的寫入可用同一 Idempotency-Key 重送。" "Try again after `Retry-After` seconds; repeat an unanswered write with the same Idempotency-Key.";
}

/// One rule that one field breaks.
#[derive(Clone, Debug)]
pub struct FieldError {
    /// JSON Pointer into the body, or `?name` for a query parameter.
    pub pointer: String,
    pub code: Cow<'static, str>,
    pub detail: Text,
}

impl FieldError {
    pub fn new(pointer: impl Into<String>, code: impl Into<Cow<'static, str>>, detail: Text) -> Self {
        Self { pointer: pointer.into(), code: code.into(), detail }
    }
}

/// How much of an allowance is left, or that nothing is; told in the response's headers.
#[derive(Clone, Debug)]
pub struct Allowance {
    pub policy: &'static str,
    pub quota: u32,
    /// Seconds for which the quota is given.
    pub window: u64,
    pub remaining: u32,
    /// Seconds until it is whole again.
    pub reset: u64,
}

/// What a request met, before it has a language.
#[derive(Clone, Debug)]
pub struct Problem {
    pub code: Code,
    pub detail: Option<Text>,
    pub errors: Vec<FieldError>,
    /// Further members, as [`Code::members`] lists them.
    pub members: Map<String, Value>,
    /// The allowance that refused the request.
    pub limit: Option<Allowance>,
}

impl Problem {
    pub fn new(code: Code) -> Self {
        let problem = Self { code, detail: None, errors: Vec::new(), members: Map::new(), limit: None };
        match code {
            Code::Overloaded => problem.retry_after(1),
            Code::StoreUnavailable => problem.retry_after(5),
            // As RFC 6749 §5.2 names them.
            Code::InvalidClient | Code::InvalidGrant => problem.with("error", code.as_str()),
            _ => problem,
        }
    }

    /// A token was sent and is no good (RFC 6750 §3.1).
    pub fn invalid_token() -> Self {
        Self::new(Code::Unauthenticated).with("error", "invalid_token")
    }

    /// Says what happened in this very case.
    pub fn detail(mut self, zh: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        self.detail = Some(Text::new(zh, en));
        self
    }

    /// Names a field and the rule that it breaks.
    pub fn field(mut self, pointer: impl Into<String>, code: &'static str, detail: Text) -> Self {
        self.errors.push(FieldError::new(pointer, code, detail));
        self
    }

    /// Adds a member that belongs to the code.
    pub fn with<T: Serialize>(mut self, name: &str, value: T) -> Self {
        debug_assert!(self.code.carries(name), "{} carries no {name}: see error/members.rs", self.code.as_str());
        let value = serde_json::to_value(value).expect("problem members are plain data");
        self.members.insert(name.to_owned(), value);
        self
    }

    /// Seconds until a retry makes sense; sent as `Retry-After` too.
    pub fn retry_after(self, seconds: u64) -> Self {
        self.with("retry_after", seconds)
    }
}

/// Whatever stops a request.
#[derive(Debug)]
pub enum Error {
    Problem(Box<Problem>),
    Store(diesel::result::Error),
    /// A job panicked; the panic hook has logged it.
    Panicked,
    Internal(String),
}

impl Error {
    /// A fault of ours, told to the log and not to the caller.
    pub fn internal(what: &str, cause: impl fmt::Display) -> Self {
        Self::Internal(format!("{what}: {cause}"))
    }

    /// One field that breaks a rule of the domain.
    pub fn field(pointer: impl Into<String>, code: &'static str, detail: Text) -> Self {
        Problem::new(Code::Invalid).field(pointer, code, detail).into()
    }

    /// A state that does not allow the action, with those that it does allow.
    pub fn wrong_state(allowed: &[&str]) -> Self {
        Problem::new(Code::WrongState).with("allowed_actions", allowed).into()
    }

    /// The problem document's content; faults of ours are logged here, once.
    pub fn problem(&self) -> Problem {
        match self {
            Self::Problem(problem) => (**problem).clone(),
            Self::Store(diesel::result::Error::NotFound) => Problem::new(Code::NotFound),
            Self::Panicked => Problem::new(Code::Internal),
            Self::Store(error) => {
                tracing::error!(%error, "the store refused a statement");
                Problem::new(Code::Internal)
            }
            Self::Internal(error) => {
                tracing::error!(%error, "internal error");
                Problem::new(Code::Internal)
            }
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Problem(problem) => {
                f.write_str(&problem.code.title().en)?;
                problem.errors.iter().try_for_each(|error| write!(f, "; {}", error.detail.en))
            }
            Self::Store(error) => error.fmt(f),
            Self::Panicked => f.write_str("panicked"),
            Self::Internal(error) => f.write_str(error),
        }
    }
}

impl std::error::Error for Error {}

impl actix_web::ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        self.problem().code.status()
    }

    /// Carries the problem in the response; the edge writes it out in the caller's language.
    fn error_response(&self) -> actix_web::HttpResponse {
        let problem = self.problem();
        let mut response = actix_web::HttpResponse::new(problem.code.status());
        response.extensions_mut().insert(problem);
        response
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self::Problem(Box::new(problem))
    }
}

impl From<Code> for Error {
    fn from(code: Code) -> Self {
        Problem::new(code).into()
    }
}

impl From<diesel::result::Error> for Error {
    fn from(error: diesel::result::Error) -> Self {
        Self::Store(error)
    }
}
