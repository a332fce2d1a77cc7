//! The codes that any domain may answer, and the way in which a domain defines its own.

use super::members::{Member, always, sometimes};

/// Defines codes: `NAME "name" status`, the title and the remedy in Chinese and English, and the further members in
/// brackets where there are any. Also the list of them: `CODES`, or `Code::GENERAL` for those that every domain has.
#[macro_export]
macro_rules! codes {
    (@one $code:literal $status:literal $zh:literal $en:literal $do_zh:literal $do_en:literal [$($carried:expr),*]) => {{
        const MEMBERS: &[$crate::error::Carried] = &[$($carried),*];
        const MEANING: $crate::error::Meaning = $crate::error::Meaning {
            name: $code,
            status: $status,
            title: ($zh, $en),
            remedy: ($do_zh, $do_en),
            members: MEMBERS,
        };
        $crate::error::Code::new(&MEANING)
    }};
    (general $($name:ident $code:literal $status:literal
        $zh:literal $en:literal $do_zh:literal $do_en:literal $([$($carried:expr),*])?;)+) => {
        impl $crate::error::Code {
            $(
                #[doc = $en]
                pub const $name: Self = $crate::codes!(@one $code $status $zh $en $do_zh $do_en [$($($carried),*)?]);
            )+
            /// The codes that any domain may answer.
            pub const GENERAL: &'static [Self] = &[$(Self::$name),+];
        }
    };
    ($($name:ident $code:literal $status:literal
        $zh:literal $en:literal $do_zh:literal $do_en:literal $([$($carried:expr),*])?;)+) => {
        $(
            #[doc = $en]
            pub const $name: $crate::error::Code =
                $crate::codes!(@one $code $status $zh $en $do_zh $do_en [$($($carried),*)?]);
        )+
        /// The domain's own codes.
        pub const CODES: &[$crate::error::Code] = &[$($name),+];
    };
}

codes! { general
    MALFORMED "malformed" 400
        "請求格式不正確" "The request cannot be read"
        "請檢查 JSON 語法、標頭與網址編碼。" "Check the JSON syntax, the headers and the encoding of the address."
        [sometimes(Member::oauth_error(&["invalid_request", "invalid_scope", "unsupported_grant_type"]))];
    INVALID_PARAMETER "invalid_parameter" 400
        "查詢參數不正確" "A query parameter is wrong"
        "errors 列出參數名稱與規則；未列於契約的參數不予接受。" "`errors` names the parameter and the rule; parameters outside the contract are refused.";
    INVALID_CURSOR "invalid_cursor" 400
        "分頁游標無效" "The cursor does not fit this list"
        "請自第一頁重新讀取，且勿在翻頁時變更篩選條件。" "Start again at the first page, and keep the filters while paging.";
    INVALID_GRANT "invalid_grant" 400
        "授權憑據無效" "What was shown for a token is no good"
        "更新權杖不存在、已使用、已撤銷或逾期，或帳號密碼不正確；請重新登入。" "The refresh token is unknown, used, revoked or expired, or the user name or password is wrong; log in again."
        [always(Member::oauth_error(&["invalid_grant"]))];
    UNAUTHENTICATED "unauthenticated" 401
        "請先登入" "Please sign in"
        "請以 Authorization: Bearer 提供有效的存取權杖。" "Send a valid access token as `Authorization: Bearer`."
        [sometimes(Member::oauth_error(&["invalid_token"]))];
    INVALID_CREDENTIALS "invalid_credentials" 401
        "帳號或密碼不正確" "The user name or password is wrong"
        "請確認後重試；連續失敗將暫時鎖定。" "Check both and try again; repeated failures lock the log-in for a while.";
    INVALID_CLIENT "invalid_client" 401
        "介接用戶端驗證失敗" "The client cannot be authenticated"
        "請確認用戶端代碼與密鑰，或洽系統管理員換發。" "Check the client id and secret, or ask the administrator for a new secret."
        [always(Member::oauth_error(&["invalid_client"]))];
    FORBIDDEN "forbidden" 403
        "您的角色不得執行此操作" "Your role may not do this"
        "請洽具備權限的人員。" "Ask somebody whose role may.";
    INSUFFICIENT_SCOPE "insufficient_scope" 403
        "存取權杖的授權範圍不足" "The token lacks the scope"
        "請以所需的 scope 重新取得權杖。" "Get a token with the scope that the contract names for this operation."
        [always(Member::SCOPE)];
    PASSWORD_CHANGE_REQUIRED "password_change_required" 403
        "請先變更密碼" "Change your password first"
        "請呼叫 POST /v1/auth/password。" "Call POST /v1/auth/password.";
    NOT_FOUND "not_found" 404
        "查無資料" "Nothing is there for you"
        "請確認網址；非本人之資料亦以查無回應。" "Check the address; records of other people answer the same way.";
    METHOD_NOT_ALLOWED "method_not_allowed" 405
        "此網址不支援該方法" "The address does not know this method"
        "Allow 標頭列出可用的方法。" "The `Allow` header lists the methods.";
    NOT_ACCEPTABLE "not_acceptable" 406
        "無法提供所要求的格式" "The wanted format is not offered"
        "請接受 application/json。" "Accept application/json.";
    REQUEST_TIMEOUT "request_timeout" 408
        "請求傳送過慢" "The request came too slowly"
        "請重新傳送；內容須於一分鐘內傳完。" "Send it again; a body must be there within a minute.";
    CONFLICT "conflict" 409
        "與現有資料衝突" "This conflicts with what is recorded"
        "請依 detail 及 errors 的說明調整；standing_id 為已存在之紀錄。" "Adjust what `detail` and `errors` name; `standing_id` is the record that stands already."
        [sometimes(Member::ALLOWED_ACTIONS), sometimes(Member::STANDING)];
    WRONG_STATE "wrong_state" 409
        "目前狀態不允許此操作" "The record's state does not allow this"
        "allowed_actions 列出目前可執行的操作。" "`allowed_actions` lists what is possible now."
        [always(Member::ALLOWED_ACTIONS)];
    OWN_REQUEST "own_request" 409
        "不得核准自己的申請，或辦理自己、配偶或親屬的事件" "You cannot approve your own request, or act for the office in a matter of your own, your spouse or your kin"
        "請由他人核准或辦理（行政程序法 §32）。" "Somebody else must approve it, or do it (行政程序法 §32)."
        [sometimes(Member::ALLOWED_ACTIONS)];
    HOLDER_REQUIRED "holder_required" 409
        "尚未登記帳號使用人，無法確認是否為不同之人" "It is not known who works with the account"
        "請由系統管理員以 PATCH /v1/users/{id} 之 holder 登記提出者及核准者帳號之使用人，經他人核准後再辦理。" "Have an administrator name who works with the accounts of whoever asks and whoever approves (`holder` of PATCH /v1/users/{id}), and another person approve that, first."
        [sometimes(Member::ALLOWED_ACTIONS)];
    ASKER_GONE "asker_gone" 409
        "提出者已不在職，不得核准其申請" "Whoever asked for it holds no office any more"
        "提出者之帳號已停用、終止或移交他人；請駁回或撤回該申請，由現職人員重新提出。" "The account of whoever asked is suspended, has ended, or is another's by now. Reject the request or take it back, and have somebody ask for it anew."
        [sometimes(Member::ALLOWED_ACTIONS)];
    ASSIGNED_TO_OTHER "assigned_to_other" 409
        "案件由他人承辦中" "Somebody else is in charge of it"
        "請洽承辦人，或由主管改派。" "Ask whoever is in charge, or have a supervisor reassign it."
        [sometimes(Member::CLERK), sometimes(Member::REVIEWER), sometimes(Member::CHECKER), sometimes(Member::ALLOWED_ACTIONS)];
    SAME_PERSON "same_person" 409
        "不得由同一人承辦及審核" "The same person cannot do both"
        "請由另一人辦理。" "Somebody else must do it."
        [sometimes(Member::ALLOWED_ACTIONS)];
    CURSOR_EXPIRED "cursor_expired" 410
        "游標已過期" "The cursor has expired"
        "請重新同步。" "Synchronise again from the start.";
    VERSION_MISMATCH "version_mismatch" 412
        "資料已被他人更新" "The record has changed since you read it"
        "請重新讀取，確認變更仍適用後，以新的 ETag 再送；version 及 ETag 標頭為現行版本。" "Read it again, see whether the change still fits, and repeat it with the new `ETag`; `version` and the `ETag` header tell the version that stands."
        [sometimes(Member::VERSION)];
    TOO_LARGE "too_large" 413
        "請求內容過大" "The request body is too large"
        "上限見契約。" "The contract states the limit."
        [sometimes(Member::oauth_error(&["invalid_request"]))];
    UNSUPPORTED_MEDIA_TYPE "unsupported_media_type" 415
        "不支援的內容類型" "The content type is not supported"
        "請以 Content-Type: application/json 傳送。" "Send `Content-Type: application/json`."
        [sometimes(Member::oauth_error(&["invalid_request"]))];
    INVALID "invalid" 422
        "資料不符規定" "The data breaks a rule"
        "errors 列出欄位與規則。" "`errors` names each field and rule.";
    IDEMPOTENCY_MISMATCH "idempotency_mismatch" 422
        "同一 Idempotency-Key 的內容不同" "This Idempotency-Key was used for another request"
        "請為不同的請求使用新的金鑰。" "Use a new key for a different request.";
    PRECONDITION_REQUIRED "precondition_required" 428
        "缺少必要的標頭" "A required header is missing"
        "請依契約附上 If-Match 或 Idempotency-Key。" "Send `If-Match` or `Idempotency-Key` as the contract says.";
    RATE_LIMITED "rate_limited" 429
        "請求過於頻繁" "Too many requests"
        "請於 Retry-After 秒後再試。" "Try again after `Retry-After` seconds."
        [always(Member::RETRY_AFTER)];
    LOGIN_LOCKED "login_locked" 429
        "登入失敗次數過多，暫時鎖定" "Too many failed log-ins; locked for a while"
        "請於 Retry-After 秒後再試。" "Try again after `Retry-After` seconds."
        [always(Member::RETRY_AFTER)];
    INTERNAL "internal" 500
        "系統發生錯誤" "Something broke on our side"
        "請稍後再試，並提供 trace_id。" "Try again later, and quote the trace_id.";
    OVERLOADED "overloaded" 503
        "系統忙碌中" "The server is busy"
        "請於 Retry-After 秒後再試。" "Try again after `Retry-After` seconds."
        [always(Member::RETRY_AFTER)];
    STORE_UNAVAILABLE "store_unavailable" 503
        "資料庫暫時無法使用" "The store takes no requests right now"
        "請於 Retry-After 秒後再試；未確認的寫入可用同一 Idempotency-Key 重送。" "Try again after `Retry-After` seconds; repeat an unanswered write with the same Idempotency-Key."
        [always(Member::RETRY_AFTER)];
}
