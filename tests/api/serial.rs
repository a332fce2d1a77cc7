//! Rules that judge a set of rows and not one alone, each put to competing requests at one moment: what holds
//! afterwards must be what holds when they come one after another. SERIAL_ROUNDS sets the size.

use std::collections::BTreeMap;
use std::sync::Barrier;
use std::thread;

use serde_json::{Value, json};

use crate::support::{Answer, TestApp};

/// Requests that compete at one moment.
pub const CLIENTS: usize = 8;

/// The list of the rules: each a race in the module of its domain.
macro_rules! rules {
    ($($module:ident { $($rule:ident,)* })*) => {
        $($(
            #[test]
            fn $rule() {
                prove(crate::$module::$rule);
            }
        )*)*
    };
}

rules! {
    serial_bookings {
        a_person_has_one_booking_a_day,
        a_seat_is_booked_once,
        the_public_has_its_seats_and_no_more,
        a_caller_has_three_holds,
        a_hold_is_redeemed_once,
        a_person_waits_once_for_a_service,
        an_adviser_hears_one_side,
        one_person_who_waits_is_offered_one_seat,
        two_people_who_wait_are_offered_a_seat_each,
        an_offered_seat_is_taken_once,
        a_seat_that_many_move_to_is_ones,
        a_booking_that_is_moved_at_once_has_one_seat,
        a_booking_that_is_cancelled_and_moved_has_no_seat,
        a_cancelled_booking_stands_again_or_its_seat_is_anothers,
        a_cancelled_booking_stands_again_once,
        no_shows_at_once_suspend_once,
        an_outcome_is_recorded_once,
        a_consultation_has_one_open_referral,
        the_desk_of_the_town_office_seats_one,
        a_half_day_is_closed_once,
        an_account_is_one_advisers,
        a_calendar_has_one_address,
        a_number_is_one_persons,
    }
    serial_cases {
        an_intake_sent_twice_is_a_possible_duplicate,
        one_certificate_is_of_one_child,
        case_numbers_have_no_gaps,
        a_notice_is_given_once_and_later_requests_are_counted,
        a_notice_is_complete_with_its_last_paper,
        a_case_has_one_open_change,
        a_change_is_decided_once,
        a_revocation_is_undone_once,
        a_number_is_a_reinstated_childs_or_anothers,
        a_history_has_a_line_an_act,
        a_case_is_reviewed_once,
        a_case_is_withdrawn_or_registered,
        a_person_has_one_seal,
        a_first_card_is_given_once,
        a_number_is_given_once,
        two_records_join_one_way,
        a_name_is_changed_from_the_name_of_now,
        serials_of_certificates_have_no_gaps,
        a_certificate_is_issued_once,
        a_case_is_drawn_once_a_plan,
        a_finding_is_recorded_once,
        the_books_have_no_gaps,
        a_line_is_struck_once,
        an_error_is_decided_once,
    }
    serial_status {
        nobody_marries_two_at_once,
        a_marriage_binds_both_sides,
        nobody_dies_twice,
        nobody_marries_and_has_died,
        a_marriage_ends_once,
        a_child_is_adopted_by_one,
        a_child_has_one_father,
        nobody_is_their_own_ancestor,
        a_number_makes_one_child,
        a_number_is_a_childs_or_somebody_elses,
        a_number_is_a_childs_or_a_newcomers,
        a_join_and_a_marriage_make_no_second_one,
        a_difference_is_settled_once,
    }
    mails {
        an_address_has_its_share_of_the_hour,
    }
    serial_office {
        an_agency_is_told_once_of_a_case,
        a_notice_knows_all_its_answers,
        answers_to_a_delivery_follow_each_other,
        a_rejected_delivery_is_sent_again_once,
        what_was_read_is_not_withdrawn,
        what_was_revoked_is_not_told,
        a_batch_closes_a_period_once,
        a_user_name_is_one_accounts,
        a_person_has_one_account,
        an_account_has_one_identity_code,
        a_paper_proves_one_person,
        a_client_name_is_one_clients,
        a_request_for_roles_is_decided_once,
        one_administrator_remains,
        one_supervisor_remains,
        the_last_password_that_was_set_is_the_password,
        a_password_is_changed_from_the_password_of_now,
        a_refresh_token_has_one_successor,
        wrong_passwords_at_once_are_counted_one_by_one,
        right_and_wrong_guesses_at_once_have_each_their_answer,
        a_letter_of_proxy_is_revoked_once,
        a_mark_is_entered_once,
        a_petition_is_rated_once,
        two_petitions_are_not_merged_into_each_other,
        a_draft_is_approved_once,
        registers_of_petitions_have_no_gaps,
    }
    uploads {
        a_part_is_taken_once,
        a_caller_has_as_many_uploads_as_there_is_room_for,
    }
    retention {
        a_record_stands_in_one_disposal,
    }
    petition_publications {
        a_petition_is_published_once,
    }
    petition_attachments {
        an_upload_is_attached_once,
    }
    inquiries {
        an_inquiry_is_answered_once,
    }
    knowledge {
        a_knowledge_answer_is_published_once,
        what_cites_a_wrong_version_is_looked_at_again,
    }
    on_site {
        a_step_stands_once,
    }
    improvements {
        an_opinion_becomes_one_improvement,
        an_improvement_is_adopted_once,
    }
    digest_races {
        a_digest_is_begun_once,
        a_digest_is_frozen_once,
        a_month_is_frozen_while_petitions_are_closed,
        a_due_day_is_told_of_once,
    }
    volunteers {
        an_identity_is_one_volunteer,
        a_volunteer_becomes_a_full_member_once,
        a_number_is_one_certificates,
    }
    volunteer_hours {
        a_line_of_hours_is_corrected_once,
        a_line_of_hours_is_reported_once,
    }
    volunteer_honours {
        an_honour_is_granted_once,
        an_honour_is_approved_once,
    }
    signup_races {
        a_seat_of_a_shift_is_one_volunteers,
        a_volunteer_has_one_of_two_seats_at_a_time,
        a_freed_seat_is_given_once,
        a_seat_is_passed_on_or_given_back,
        a_closed_day_leaves_no_seat,
    }
    attendance {
        a_signup_is_marked_once,
    }
    volunteer_merging {
        one_of_two_records_comes_back,
    }
    volunteer_recruitment {
        an_identity_applies_once,
        two_applications_of_one_identity_make_one_volunteer,
    }
    promotion_partners {
        a_village_gets_one_head,
    }
    surveys {
        a_token_counts_once,
        answers_at_once_are_all_counted,
        a_record_is_invited_once,
    }
}

fn rounds() -> u32 {
    std::env::var("SERIAL_ROUNDS").ok().and_then(|n| n.parse().ok()).unwrap_or(1)
}

/// Runs a race on a new office each time; the journal must be whole afterwards.
fn prove(rule: fn(&TestApp)) {
    for _ in 0..rounds() {
        let app = TestApp::new();
        rule(&app);
        let proof = app.get("/v1/audit-log:verify").user("director1").send();
        assert_eq!(proof.expect(200)["intact"], true, "{}", proof.text);
    }
}

/// Does something as often as said, at one moment, by threads of their own.
pub fn at_once<T: Send>(clients: usize, act: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let start = Barrier::new(clients);
    let go = |client| {
        start.wait();
        act(client)
    };
    let go = &go;
    thread::scope(|scope| {
        let threads: Vec<_> = (0..clients).map(|client| scope.spawn(move || go(client))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

/// Logs accounts in, so that a race is no race of log-ins.
pub fn log_in(app: &TestApp, users: &[&str]) {
    for user in users {
        app.token(user);
    }
}

/// Checks how often each answer was given: `201`, `409 conflict`.
#[track_caller]
pub fn answered(answers: &[Answer], expected: &[(&str, usize)]) {
    let mut found = BTreeMap::new();
    for answer in answers {
        let code = answer.body["code"].as_str().map(|code| format!(" {code}")).unwrap_or_default();
        *found.entry(format!("{}{code}", answer.status)).or_insert(0) += 1;
    }
    let expected: BTreeMap<String, usize> = expected.iter().map(|(what, n)| ((*what).to_owned(), *n)).collect();
    assert_eq!(found, expected, "{:?}", answers.iter().find(|answer| answer.status >= 500).map(|answer| &answer.text));
}

/// Checks that one request was let through, and every other one refused in the same way; gives the one.
#[track_caller]
pub fn once<'a>(answers: &'a [Answer], status: &str, refusal: &str) -> &'a Answer {
    answered(answers, &[(status, 1), (refusal, answers.len() - 1)]);
    answers.iter().find(|answer| answer.status < 300).unwrap()
}

pub fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

/// The items of a list.
pub fn items(app: &TestApp, user: &str, path: &str) -> Vec<Value> {
    app.get(path).user(user).send().expect(200)["items"].as_array().unwrap().clone()
}

/// Makes something by a POST.
pub fn made(app: &TestApp, user: &str, path: &str, body: &Value) -> Value {
    app.post(path).user(user).once().json(body).send().expect(201).clone()
}

/// Acts whatever the version.
pub fn act(app: &TestApp, user: &str, path: &str, body: &Value) -> Answer {
    app.post(path).user(user).once().if_match("*").json(body).send()
}

pub fn reason() -> Value {
    json!({"reason": "測試"})
}
