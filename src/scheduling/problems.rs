//! What can be refused with slots and bookings beside what every domain refuses.

use crate::codes;
use crate::error::{Member, Shape, always, sometimes};

/// The nearest free slots, for codes that offer them.
pub const ALTERNATIVES: Member = Member {
    name: "alternatives",
    meaning: ("最近的可預約時段", "The nearest free slots."),
    shape: Shape::Items { schema: "OfferedSlot", at_most: 3 },
    example: "[]",
};

/// The place that the person has on the waiting list.
const WAITLIST_ENTRY: Member = Member {
    name: "waitlist_entry_id",
    meaning: ("現有候補之代碼（GET /v1/waitlist/{id}）", "The standing entry, as GET /v1/waitlist/{id} shows it to the caller."),
    shape: Shape::Id,
    example: r#""019a5c3e-7b1a-7c3e-9f00-3b1d2a4c5e6f""#,
};

codes! {
    ALREADY_WAITING "already_waiting" 409
        "已在此服務之候補名單" "This person already waits for this service"
        "waitlist_entry_id 為現有候補；要改日期，請先 DELETE /v1/waitlist/{id} 再重新登記。" "`waitlist_entry_id` is the standing entry; for other days leave it (DELETE /v1/waitlist/{id}) and join again."
        [sometimes(WAITLIST_ENTRY)];
    SLOT_TAKEN "slot_taken" 409
        "該時段已被預約" "The slot is taken"
        "alternatives 列出最近的可預約時段。" "`alternatives` lists the nearest free slots."
        [always(ALTERNATIVES)];
    SLOT_NOT_BOOKABLE "slot_not_bookable" 409
        "該時段不開放預約" "The slot cannot be booked"
        "errors 說明未符合的規則；GET /v1/slots/explain 列出全部規則。" "`errors` names the rule; GET /v1/slots/explain shows them all.";
    ALREADY_BOOKED "already_booked" 409
        "同一日已有預約" "This person already has a booking that day"
        "請先取消或改期原預約。" "Cancel or move the other booking first.";
    BOOKING_SUSPENDED "booking_suspended" 409
        "因多次未到，暫停線上預約" "Online booking is suspended after repeated no-shows"
        "請於暫停期滿後預約，或洽櫃檯辦理。" "Book again after the suspension, or ask at the counter.";
    HOLD_EXPIRED "hold_expired" 409
        "保留時段已逾時" "The hold has expired"
        "請重新選擇時段。" "Choose a slot again.";
}
