//! What can be refused with uploads beside what every domain refuses.

use crate::codes;
use crate::error::{Member, Shape, always};

/// Where an upload goes on.
const OFFSET: Member = Member {
    name: "upload_offset",
    meaning: ("已收到之位元組數；自此續傳", "Bytes that have come: the next part begins there."),
    shape: Shape::Bytes,
    example: "65536",
};

/// How long a content is of which a part was asked for.
const CONTENT_SIZE: Member = Member {
    name: "content_size",
    meaning: ("內容之位元組數；同 Content-Range 標頭", "Bytes of the whole content; `Content-Range` says the same."),
    shape: Shape::Bytes,
    example: "183500",
};

codes! {
    RANGE_NOT_SATISFIABLE "range_not_satisfiable" 416
        "所請求之範圍超出內容" "The range lies behind the end of the content"
        "請於 content_size 之內請求，或省略 Range。" "Ask within `content_size`, or leave `Range` out."
        [always(CONTENT_SIZE)];
    UPLOAD_OFFSET_MISMATCH "upload_offset_mismatch" 409
        "續傳位置不符" "The part does not begin where the upload goes on"
        "請自 upload_offset 續傳。" "Go on at `upload_offset`."
        [always(OFFSET)];
    UPLOAD_QUOTA_EXCEEDED "upload_quota_exceeded" 409
        "上傳已達上限" "There is no room for another upload"
        "請先附加或刪除未使用之上傳，或稍後再試。" "Attach or delete uploads of yours that wait, or try again later.";
    DIGEST_MISMATCH "digest_mismatch" 422
        "內容與摘要值不符" "The content does not have the digest that was said"
        "內容於傳輸中受損，或摘要值有誤；請查 GET /v1/uploads/{id} 之 upload_offset 後重傳。" "It was damaged on the way, or the digest is wrong: see `upload_offset` of GET /v1/uploads/{id}, and send it again.";
}
