//! What can be refused of a log-in or proof through an external provider.

use crate::codes;
use crate::error::{Member, Shape, always};

const ACR_VALUES: Member = Member {
    name: "acr_values",
    meaning: (
        "足夠之 acr，以空格分隔，強者在前（RFC 9470）",
        "Every `acr` that is strong enough, separated by spaces, the strongest first (RFC 9470).",
    ),
    shape: Shape::Text { at_most: 5000 },
    example: r#""certificate""#,
};

codes! {
    EXTERNAL_NOT_SET_UP "external_not_set_up" 409
        "本所未設定外部身分提供者" "No external identity provider is set up here"
        "請以帳號密碼登入；身分請至櫃檯證明。" "Log in with user name and password; prove who you are at a counter.";
    EXTERNAL_REFUSED "external_refused" 409
        "外部身分提供者之回覆不能採用" "What the identity provider answered cannot be used"
        "請自 :start 重新開始。" "Begin again at `:start`.";
    ASSURANCE_TOO_LOW "assurance_too_low" 409
        "於身分提供者登入之強度不足" "The log-in at the identity provider was not strong enough"
        "請以更高強度之方式（如自然人憑證）重新開始。" "Begin again, and log in there by stronger means, such as a citizen certificate.";
    STRONGER_LOGIN_REQUIRED "stronger_login_required" 403
        "此次登入之強度不足以線上申辦" "This log-in is not strong enough to apply online"
        "依法須以自然人憑證申辦（戶籍法 §28）：請經 POST /v1/auth/external:start 以 acr_values 之一重新登入後再送，或臨櫃辦理。" "By law it takes a citizen certificate (戶籍法 §28): log in again through POST /v1/auth/external:start by one of `acr_values` and send it again, or come to a counter."
        [always(ACR_VALUES)];
    NOT_LINKED "not_linked" 409
        "此外部身分尚未與任何帳號連結" "No account is linked to this external identity"
        "請先以帳號密碼登入，再以用途 PROVE 證明身分。" "Log in with user name and password first, then prove who you are with the purpose `PROVE`.";
    EXTERNAL_MISMATCH "external_mismatch" 409
        "身分提供者與帳號所稱身分不符" "The identity provider and the account say different things"
        "請確認為本人之帳號；仍不符者，請持身分證件至櫃檯辦理。" "Make sure that the account is yours; if it is, come to a counter with your identity card.";
    LINK_ENDED "link_ended" 409
        "以此外部身分所為之證明已撤銷" "A proof by this external identity was undone"
        "請持身分證件至櫃檯辦理。" "Come to a counter with your identity card.";
    EXTERNAL_UNAVAILABLE "external_unavailable" 503
        "外部身分提供者暫時無法使用" "The identity provider cannot be reached right now"
        "請於 Retry-After 秒後自 :start 重新開始。" "Begin again at `:start` after `Retry-After` seconds."
        [always(Member::RETRY_AFTER)];
}
