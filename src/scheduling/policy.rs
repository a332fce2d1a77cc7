//! Who may do what with services, slots and bookings.

use crate::policy;

policy! {
    ListServices "list_services" "" [];
    GetService "get_service" "" [];
    UpdateService "update_service" "service.write" alone [Chief Any, Director Any];
    ListSlots "list_slots" "" [];
    ExplainSlot "explain_slot" "" [];
    CreateHold "create_hold" "booking.write" key [Citizen Own, Proxy Own, Clerk Any];
    GetHold "get_hold" "booking.read" [Citizen Own, Proxy Own, Clerk Any];
    DeleteHold "delete_hold" "booking.write" [Citizen Own, Proxy Own, Clerk Any];
    CreateBooking "create_booking" "booking.write" key [Citizen Own, Proxy Own, Clerk Any];
    ListBookings "list_bookings" "booking.read" [Citizen Own, Proxy Own, Clerk Any, Reviewer Any, Chief Any, Director Any, Adviser Assigned];
    SearchBookings "search_bookings" "booking.read" anew [Clerk Office, Chief Any, Director Any];
    GetBooking "get_booking" "booking.read" [Citizen Own, Proxy Own, Clerk Any, Reviewer Any, Chief Any, Director Any, Adviser Assigned, BookingHolder Own];
    RescheduleBooking "reschedule_booking" "booking.write" key [Citizen Own, Proxy Own, Clerk Any, Chief Any, BookingHolder Own];
    CancelBooking "cancel_booking" "booking.write" [Citizen Own, Proxy Own, Clerk Any, Chief Any, BookingHolder Own];
    ReinstateBooking "reinstate_booking" "booking.write" [Citizen Own, Proxy Own, Clerk Any, Chief Any, BookingHolder Own];
    CheckInBooking "check_in_booking" "booking.write" [Clerk Any, Chief Any, Adviser Assigned];
    CompleteBooking "complete_booking" "booking.write" [Clerk Any, Chief Any, Adviser Assigned];
    MarkBookingNoShow "mark_booking_no_show" "booking.write" alone [Clerk Any, Chief Any, Adviser Assigned];
    TakeBackBooking "take_back_booking" "booking.write" alone [Clerk Any, Chief Any, Adviser Assigned];
    ChangeBookingContact "change_booking_contact" "booking.write" [Citizen Own, Proxy Own, Clerk Any, Chief Any];
    RevealBookingContact "reveal_booking_contact" "booking.read" anew [Clerk Any, Chief Any, Director Any, Adviser Assigned];
    LookUpBooking "look_up_booking" "" anew [];
    GetBookingCalendar "get_booking_calendar" "booking.read" [Citizen Own, Proxy Own, Clerk Any, Reviewer Any, Chief Any, Director Any, Adviser Assigned, BookingHolder Own];
    CreateCalendarToken "create_calendar_token" "me.write" [Citizen Own, Proxy Own, Clerk Own, Chief Own, Director Own, Adviser Own];
    GetMyCalendar "get_my_calendar" "" [];
    JoinWaitlist "join_waitlist" "booking.write" alone key [Citizen Own, Clerk Any];
    ListWaitlist "list_waitlist" "booking.read" [Citizen Own, Clerk Any, Chief Any, Director Any];
    SearchWaitlist "search_waitlist" "booking.read" anew [Clerk Office, Chief Any, Director Any];
    GetWaitlistEntry "get_waitlist_entry" "booking.read" [Citizen Own, Clerk Any, Chief Any, Director Any];
    LeaveWaitlist "leave_waitlist" "booking.write" alone [Citizen Own, Clerk Any];
    GiveUpWaitlistPlace "give_up_waitlist_place" "booking.write" alone [Citizen Own, Clerk Any];
    ReinstateWaitlistEntry "reinstate_waitlist_entry" "booking.write" alone [Citizen Own, Clerk Any];
    AcceptWaitlistOffer "accept_waitlist_offer" "booking.write" alone key [Citizen Own, Clerk Any];
    DeclineWaitlistOffer "decline_waitlist_offer" "booking.write" alone [Citizen Own, Clerk Any];
    ChangeWaitlistContact "change_waitlist_contact" "booking.write" [Citizen Own, Clerk Any];
    RevealWaitlistContact "reveal_waitlist_contact" "booking.read" anew [Clerk Any, Chief Any, Director Any];
    ListBookingConflicts "list_booking_conflicts" "booking.read" [Clerk Any, Chief Any, Director Any];
}
