//! What can be refused with shifts beside what every domain refuses.

use crate::codes;

codes! {
    OFFICE_CLOSED "office_closed" 409
        "該時段本所停止上班" "The office is closed at that time"
        "請改期，或先撤回停止上班之公告（DELETE /v1/calendar/closures/{id}）。" "Choose another time, or withdraw the closure first (DELETE /v1/calendar/closures/{id}).";
}
