// Generated from the migrations; `diesel print-schema` writes this file.

diesel::table! {
    journal_head (id) {
        id -> Integer,
        seq -> BigInt,
        hash -> Text,
    }
}

diesel::table! {
    journal_inbox (n) {
        n -> BigInt,
        body -> Text,
    }
}

diesel::table! {
    write_gate (id) {
        id -> Integer,
    }
}

diesel::table! {
    set_locks (bucket) {
        bucket -> Integer,
    }
}

diesel::table! {
    drawn_numbers (name, value) {
        name -> Text,
        value -> BigInt,
        drawn_at -> Timestamp,
    }
}

diesel::table! {
    audit_log (seq) {
        seq -> BigInt,
        at -> Timestamp,
        operation -> Text,
        actor -> Text,
        client -> Text,
        address -> Text,
        trace_id -> Text,
        action -> Text,
        subject -> Text,
        person_id -> Nullable<Text>,
        fields -> Text,
        purpose -> Text,
        hash -> Text,
    }
}

diesel::table! {
    events (seq) {
        seq -> BigInt,
        id -> Text,
        #[sql_name = "type"]
        type_ -> Text,
        subject -> Text,
        at -> Timestamp,
        data -> Text,
    }
}

diesel::table! {
    stored_answers (caller, idempotency_key) {
        caller -> Text,
        idempotency_key -> Text,
        request -> Text,
        status -> Integer,
        headers -> Text,
        body -> Text,
        stored_at -> Timestamp,
    }
}

diesel::table! {
    people (id) {
        id -> Text,
        name -> Text,
        id_number -> Text,
        id_number_index -> Text,
        birth_on -> Nullable<Text>,
        created_at -> Timestamp,
        claimed_by -> Nullable<Text>,
        claimed_index -> Nullable<Text>,
        name_rank -> Text,
        birth_rank -> Text,
        joined_into -> Nullable<Text>,
        shared_index -> Nullable<Text>,
        name_index -> Nullable<Text>,
        likeness_index -> Nullable<Text>,
        namesake_index -> Nullable<Text>,
        numbered -> Nullable<Bool>,
    }
}

diesel::table! {
    protection_marks (id) {
        id -> Text,
        person_id -> Text,
        status -> Text,
        ground -> Text,
        from_on -> Date,
        until_on -> Nullable<Date>,
        body -> Text,
        entered_by -> Text,
        entered_at -> Timestamp,
        confirmed_by -> Nullable<Text>,
        confirmed_at -> Nullable<Timestamp>,
        lift_asked_by -> Nullable<Text>,
        lift_asked_at -> Nullable<Timestamp>,
        lifted_by -> Nullable<Text>,
        lifted_at -> Nullable<Timestamp>,
        version -> Integer,
    }
}

diesel::table! {
    protection_barred (mark_id, number_index) {
        mark_id -> Text,
        number_index -> Text,
    }
}

diesel::table! {
    protection_names (mark_id, name_index, number_index) {
        mark_id -> Text,
        name_index -> Text,
        number_index -> Text,
    }
}

diesel::table! {
    protection_lines (mark_id, line) {
        mark_id -> Text,
        line -> Integer,
        at -> Timestamp,
        action -> Text,
        actor -> Text,
        body -> Text,
    }
}

diesel::table! {
    person_joins (id) {
        id -> Text,
        person_id -> Text,
        into_id -> Text,
        document -> Nullable<Text>,
        reason -> Text,
        joined_by -> Text,
        joined_at -> Timestamp,
        part_reason -> Nullable<Text>,
        parted_by -> Nullable<Text>,
        parted_at -> Nullable<Timestamp>,
        waits -> Bool,
        confirmed_by -> Nullable<Text>,
        confirmed_at -> Nullable<Timestamp>,
        document_index -> Nullable<Text>,
        struck_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    facts (id) {
        id -> Text,
        person_id -> Text,
        kind -> Text,
        rank -> Text,
        value -> Text,
        other_id -> Nullable<Text>,
        valid_from -> Nullable<Date>,
        source -> Text,
        document -> Nullable<Text>,
        document_index -> Nullable<Text>,
        actor -> Text,
        recorded_at -> Timestamp,
        struck_at -> Nullable<Timestamp>,
        struck_by -> Nullable<Text>,
        struck_why -> Nullable<Text>,
        of_minor -> Nullable<Bool>,
        said_index -> Nullable<Text>,
        overruled -> Nullable<Bool>,
        struck_with -> Nullable<Text>,
    }
}

diesel::table! {
    case_ex_officio (case_id) {
        case_id -> Text,
        body -> Text,
    }
}

diesel::table! {
    case_certificates (case_id) {
        case_id -> Text,
        number_index -> Nullable<Text>,
    }
}

diesel::table! {
    people_names (person_id, name_index) {
        person_id -> Text,
        name_index -> Text,
    }
}

diesel::table! {
    case_heads (case_id) {
        case_id -> Text,
        name_index -> Nullable<Text>,
    }
}

diesel::table! {
    case_named (case_id) {
        case_id -> Text,
        body -> Text,
        said -> Nullable<Bool>,
    }
}

diesel::table! {
    identity_codes (account_id) {
        account_id -> Text,
        hash -> Text,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    identity_proofs (id) {
        id -> Text,
        account_id -> Text,
        person_id -> Text,
        status -> Text,
        method -> Text,
        document -> Nullable<Text>,
        document_index -> Nullable<Text>,
        contact -> Nullable<Text>,
        proven_by -> Text,
        proven_at -> Timestamp,
        undo_asked_by -> Nullable<Text>,
        undo_reason -> Nullable<Text>,
        undone_by -> Nullable<Text>,
        undone_at -> Nullable<Timestamp>,
        version -> Integer,
        assurance -> Text,
        acr -> Nullable<Text>,
        undo_asked_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    external_attempts (hash) {
        hash -> Text,
        purpose -> Text,
        account_id -> Nullable<Text>,
        state_hash -> Text,
        sealed -> Text,
        redirect_uri -> Text,
        begun_at -> Timestamp,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    external_links (subject_index) {
        subject_index -> Text,
        account_id -> Text,
        proof_id -> Text,
        linked_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    accounts (id) {
        id -> Text,
        username -> Text,
        name -> Text,
        password_hash -> Text,
        status -> Text,
        roles -> Text,
        requested_roles -> Nullable<Text>,
        requested_by -> Nullable<Text>,
        duties -> Text,
        service_point -> Nullable<Text>,
        person_id -> Nullable<Text>,
        phone -> Nullable<Text>,
        email -> Nullable<Text>,
        epoch -> BigInt,
        must_change_password -> Bool,
        password_changed_at -> Timestamp,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> Integer,
        last_login_at -> Nullable<Timestamp>,
        temporary_until -> Nullable<Timestamp>,
        claimed_id -> Nullable<Text>,
        requested_duties -> Nullable<Text>,
        requested_service_point -> Nullable<Text>,
        requested_password -> Nullable<Text>,
        requested_half -> Nullable<Text>,
        holder -> Nullable<Text>,
        requested_holder -> Nullable<Text>,
        requested_name -> Nullable<Text>,
        requested_status -> Nullable<Text>,
        requested_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    account_holders (account_id, until_at, number_index) {
        account_id -> Text,
        until_at -> Timestamp,
        number_index -> Text,
    }
}

diesel::table! {
    password_resets (subject) {
        subject -> Text,
        account_id -> Nullable<Text>,
        asked_at -> Timestamp,
    }
}

diesel::table! {
    password_history (account_id, changed_at) {
        account_id -> Text,
        changed_at -> Timestamp,
        password_hash -> Text,
    }
}

diesel::table! {
    refresh_families (id) {
        id -> Text,
        account_id -> Text,
        client_id -> Text,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        revoked_at -> Nullable<Timestamp>,
        method -> Text,
        acr -> Nullable<Text>,
    }
}

diesel::table! {
    refresh_tokens (hash) {
        hash -> Text,
        family_id -> Text,
        issued_at -> Timestamp,
        expires_at -> Timestamp,
        used_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    login_failures (subject) {
        subject -> Text,
        failures -> Integer,
        first_at -> Timestamp,
        locked_until -> Nullable<Timestamp>,
    }
}

diesel::table! {
    clients (id) {
        id -> Text,
        name -> Text,
        agency_code -> Nullable<Text>,
        roles -> Text,
        scopes -> Text,
        secret_hash -> Text,
        status -> Text,
        expires_on -> Date,
        epoch -> BigInt,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> Integer,
        requested -> Nullable<Text>,
        requested_by -> Nullable<Text>,
        requested_secret -> Nullable<Text>,
        requested_half -> Nullable<Text>,
        requested_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    clock_mark (id) {
        id -> Integer,
        at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        private_key -> Text,
        public_jwk -> Text,
        created_at -> Timestamp,
        signs_from -> Timestamp,
        retires_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    revoked_tokens (jti) {
        jti -> Text,
        expires_at -> Timestamp,
    }
}

diesel::table! {
    letters_of_proxy (id) {
        id -> Text,
        proxy_account_id -> Text,
        principal_person_id -> Text,
        scope -> Text,
        valid_from -> Date,
        valid_to -> Date,
        revoked_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        given_by -> Nullable<Text>,
        document -> Nullable<Text>,
        document_index -> Nullable<Text>,
        consent_document -> Nullable<Text>,
        consent_index -> Nullable<Text>,
        representative -> Nullable<Text>,
        representative_index -> Nullable<Text>,
        proof_document -> Nullable<Text>,
        proof_index -> Nullable<Text>,
    }
}

diesel::table! {
    closures (id) {
        id -> Text,
        on_date -> Date,
        part -> Text,
        area -> Nullable<Text>,
        reason -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        withdrawn_at -> Nullable<Timestamp>,
        version -> Integer,
    }
}

diesel::table! {
    day_overrides (on_date) {
        on_date -> Date,
        kind -> Text,
        opens -> Nullable<Text>,
        closes -> Nullable<Text>,
        reason -> Text,
        updated_by -> Text,
        updated_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    government_days (on_date) {
        on_date -> Date,
        worked -> Bool,
        word -> Text,
        loaded_at -> Timestamp,
    }
}

diesel::table! {
    services (code) {
        code -> Text,
        body -> Text,
        updated_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    advisers (id) {
        id -> Text,
        name -> Text,
        account_id -> Nullable<Text>,
        weekdays -> Text,
        active -> Bool,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    rota (on_date) {
        on_date -> Date,
        adviser_ids -> Text,
        reason -> Text,
        updated_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    claims (resource, tick, seat) {
        resource -> Text,
        tick -> BigInt,
        seat -> Integer,
        holder_kind -> Text,
        holder_id -> Text,
        expires_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    revisions (name) {
        name -> Text,
        revision -> BigInt,
    }
}

diesel::table! {
    holds (id) {
        id -> Text,
        service_code -> Text,
        slot_id -> Text,
        held_by -> Text,
        expires_at -> Timestamp,
        created_at -> Timestamp,
    }
}

diesel::table! {
    bookings (id) {
        id -> Text,
        number -> Text,
        service_code -> Text,
        slot_id -> Text,
        starts_at -> Timestamp,
        ends_at -> Timestamp,
        status -> Text,
        channel -> Text,
        person_id -> Text,
        booked_by -> Text,
        resource -> Text,
        policy -> Text,
        answers -> Text,
        secret_hash -> Text,
        sequence -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    booking_history (booking_id, line) {
        booking_id -> Text,
        line -> Integer,
        at -> Timestamp,
        status -> Text,
        slot_id -> Text,
        actor -> Text,
        reason -> Text,
    }
}

diesel::table! {
    booking_suspensions (id) {
        id -> Text,
        person_id -> Text,
        from_at -> Timestamp,
        until_at -> Timestamp,
        reason -> Text,
    }
}

diesel::table! {
    booking_conflicts (id) {
        id -> Text,
        booking_id -> Text,
        cause -> Text,
        cause_id -> Text,
        reserved_slot_id -> Nullable<Text>,
        created_at -> Timestamp,
        resolved_at -> Nullable<Timestamp>,
        resolution -> Nullable<Text>,
    }
}

diesel::table! {
    waitlist (id) {
        id -> Text,
        service_code -> Text,
        from_on -> Date,
        to_on -> Date,
        person_id -> Text,
        requested_by -> Text,
        status -> Text,
        offered_slot_id -> Nullable<Text>,
        offer_expires_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        version -> Integer,
        place -> BigInt,
        channel -> Text,
        left_at -> Nullable<Timestamp>,
        left_why -> Nullable<Text>,
        offered_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    contacts (record) {
        record -> Text,
        body -> Text,
        phones -> Nullable<Integer>,
    }
}

diesel::table! {
    contact_phones (record, phone_index) {
        record -> Text,
        phone_index -> Text,
    }
}

diesel::table! {
    calls (id) {
        id -> Text,
        kind -> Text,
        record -> Text,
        about_at -> Timestamp,
        status -> Text,
        noted_by -> Text,
        noted_at -> Timestamp,
        person_id -> Nullable<Text>,
        called_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    calendar_tokens (account_id) {
        account_id -> Text,
        hash -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    consultations (booking_id) {
        booking_id -> Text,
        adviser_id -> Text,
        client_index -> Text,
        client_name_index -> Text,
        opponent_index -> Nullable<Text>,
        topic -> Text,
        result -> Nullable<Text>,
        minutes -> Nullable<Integer>,
        note -> Nullable<Text>,
        recorded_by -> Nullable<Text>,
        recorded_at -> Nullable<Timestamp>,
        version -> Integer,
    }
}

diesel::table! {
    referrals (id) {
        id -> Text,
        booking_id -> Text,
        person_id -> Text,
        reason -> Text,
        consent_at -> Timestamp,
        status -> Text,
        slot_id -> Text,
        offer_expires_at -> Timestamp,
        accepted_booking_id -> Nullable<Text>,
        referred_by -> Text,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    case_types (code, version) {
        code -> Text,
        version -> Integer,
        valid_from -> Date,
        body -> Text,
        reason -> Text,
        created_by -> Text,
        created_at -> Timestamp,
    }
}

diesel::table! {
    counters (name) {
        name -> Text,
        value -> BigInt,
    }
}

diesel::table! {
    former_id_numbers (id_number_index, person_id) {
        id_number_index -> Text,
        person_id -> Text,
        id_number -> Text,
        replaced_at -> Timestamp,
        case_id -> Text,
    }
}

diesel::table! {
    cases (id) {
        id -> Text,
        number -> Nullable<Text>,
        type_code -> Text,
        type_version -> Integer,
        status -> Text,
        channel -> Text,
        service_point -> Text,
        off_site -> Bool,
        person_id -> Text,
        applicant_id -> Text,
        relation -> Text,
        proxy_id -> Nullable<Text>,
        proxy -> Nullable<Text>,
        event_on -> Nullable<Date>,
        fields -> Text,
        papers -> Text,
        circumstances -> Text,
        received_at -> Timestamp,
        accepted_at -> Nullable<Timestamp>,
        late -> Bool,
        legal_due_on -> Nullable<Date>,
        due_rule -> Nullable<Text>,
        due_at -> Nullable<Timestamp>,
        registered_at -> Nullable<Timestamp>,
        fee_twd -> Nullable<Integer>,
        clerk -> Nullable<Text>,
        reviewer -> Nullable<Text>,
        warned_at -> Nullable<Timestamp>,
        overdue_at -> Nullable<Timestamp>,
        updated_at -> Timestamp,
        version -> Integer,
        registered_area -> Nullable<Text>,
    }
}

diesel::table! {
    case_parties (case_id, line) {
        case_id -> Text,
        line -> Integer,
        role -> Text,
        person_id -> Text,
    }
}

diesel::table! {
    case_lineups (case_id, person_id, role, is_out, changed_at) {
        case_id -> Text,
        person_id -> Text,
        role -> Text,
        is_out -> Bool,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    case_applicant_changes (case_id, person_id, is_out, changed_at) {
        case_id -> Text,
        person_id -> Text,
        is_out -> Bool,
        changed_at -> Timestamp,
    }
}

diesel::table! {
    case_history (case_id, line) {
        case_id -> Text,
        line -> Integer,
        at -> Timestamp,
        action -> Text,
        status -> Text,
        actor -> Text,
        reason -> Text,
    }
}

diesel::table! {
    case_stops (case_id, line) {
        case_id -> Text,
        line -> Integer,
        from_at -> Timestamp,
        to_at -> Nullable<Timestamp>,
        why -> Text,
        article -> Text,
    }
}

diesel::table! {
    duplicate_verdicts (case_id, other_id) {
        case_id -> Text,
        other_id -> Text,
        decided_by -> Text,
        decided_at -> Timestamp,
    }
}

diesel::table! {
    case_reviews (id) {
        id -> Text,
        case_id -> Text,
        result -> Text,
        findings -> Text,
        reviewer -> Text,
        reviewed_at -> Timestamp,
    }
}

diesel::table! {
    one_time_notices (case_id) {
        case_id -> Text,
        number -> Text,
        given_how -> Text,
        due_on -> Date,
        due_at -> Timestamp,
        items -> Text,
        new_fact -> Nullable<Text>,
        made_by -> Text,
        made_at -> Timestamp,
        givings -> Text,
    }
}

diesel::table! {
    case_changes (id) {
        id -> Text,
        case_id -> Text,
        kind -> Text,
        status -> Text,
        body -> Text,
        reason -> Text,
        office_error -> Bool,
        proposed_by -> Text,
        proposed_at -> Timestamp,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        papers -> Text,
    }
}

diesel::table! {
    maintenance_records (roc_year, number) {
        roc_year -> Integer,
        number -> Integer,
        case_id -> Text,
        service_point -> Text,
        kind -> Text,
        field -> Text,
        before_value -> Text,
        after_value -> Text,
        reason -> Text,
        office_error -> Bool,
        recorded_by -> Text,
        approved_by -> Text,
        recorded_at -> Timestamp,
        strikes -> Nullable<Integer>,
        strikes_year -> Nullable<Integer>,
    }
}

diesel::table! {
    spot_check_entries (roc_year, number) {
        roc_year -> Integer,
        number -> Integer,
        spot_check_id -> Text,
        case_id -> Text,
        service_point -> Text,
        result -> Text,
        finding -> Text,
        remedy -> Text,
        recorded_by -> Text,
        recorded_at -> Timestamp,
        error_code -> Nullable<Text>,
        severity -> Nullable<Text>,
        cause -> Nullable<Text>,
        strikes_year -> Nullable<Integer>,
        strikes -> Nullable<Integer>,
    }
}

diesel::table! {
    error_records (id) {
        id -> Text,
        case_id -> Text,
        type_code -> Text,
        service_point -> Text,
        clerk -> Text,
        accepted_on -> Date,
        source -> Text,
        error_code -> Text,
        severity -> Text,
        cause -> Text,
        status -> Text,
        proposed_by -> Text,
        proposed_at -> Timestamp,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    spot_check_plans (id) {
        id -> Text,
        period -> Text,
        body -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    spot_check_draws (id) {
        id -> Text,
        plan_id -> Text,
        seed -> Text,
        population -> Integer,
        population_hash -> Text,
        drawn -> Integer,
        drawn_by -> Text,
        drawn_at -> Timestamp,
    }
}

diesel::table! {
    spot_checks (id) {
        id -> Text,
        draw_id -> Text,
        case_id -> Text,
        clerk -> Text,
        service_point -> Text,
        stratum -> Text,
        status -> Text,
        checker -> Nullable<Text>,
        finding -> Nullable<Text>,
        rebuttal -> Nullable<Text>,
        ruling -> Nullable<Text>,
        error_id -> Nullable<Text>,
        updated_at -> Timestamp,
        version -> Integer,
        source -> Nullable<Text>,
        found_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    spot_check_populations (draw_id) {
        draw_id -> Text,
        lots -> Text,
    }
}

diesel::table! {
    late_requests (id) {
        id -> Text,
        case_id -> Text,
        clerk -> Text,
        refused -> Bool,
        at -> Timestamp,
    }
}

diesel::table! {
    seals (id) {
        id -> Text,
        person_id -> Text,
        status -> Text,
        village_code -> Nullable<Text>,
        case_id -> Text,
        registered_at -> Timestamp,
        ended_at -> Nullable<Timestamp>,
        ended_by -> Nullable<Text>,
        judge_anew -> Bool,
    }
}

diesel::table! {
    certificates (id) {
        id -> Text,
        kind -> Text,
        status -> Text,
        serial -> Nullable<Text>,
        check_code_hash -> Nullable<Text>,
        person_id -> Text,
        applicant_id -> Text,
        relation -> Text,
        channel -> Text,
        service_point -> Text,
        case_id -> Nullable<Text>,
        scope -> Text,
        purpose -> Text,
        interest_proof -> Nullable<Text>,
        copies -> Integer,
        sheets -> Integer,
        fee_twd -> Integer,
        reason -> Nullable<Text>,
        requested_by -> Text,
        requested_at -> Timestamp,
        issued_by -> Nullable<Text>,
        issued_at -> Nullable<Timestamp>,
        version -> Integer,
        voided_by -> Nullable<Text>,
        voided_at -> Nullable<Timestamp>,
        named -> Nullable<Text>,
        said -> Nullable<Text>,
        proxy_id -> Nullable<Text>,
        voided_with -> Nullable<Text>,
    }
}

diesel::table! {
    agencies (code) {
        code -> Text,
        body -> Text,
        secret -> Nullable<Text>,
        updated_at -> Timestamp,
        version -> Integer,
        previous_secret -> Nullable<Text>,
        previous_until -> Nullable<Timestamp>,
        requested -> Nullable<Text>,
        requested_secret -> Nullable<Text>,
        requested_by -> Nullable<Text>,
        requested_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    agency_notices (id) {
        id -> Text,
        number -> Text,
        case_id -> Text,
        person_id -> Text,
        service_point -> Text,
        trigger_code -> Text,
        status -> Text,
        consent_at -> Timestamp,
        consent_by -> Text,
        consent_form -> Text,
        withdrawn_at -> Nullable<Timestamp>,
        receipt_hash -> Text,
        created_by -> Text,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    agency_deliveries (id) {
        id -> Text,
        notice_id -> Text,
        agency_code -> Text,
        person_id -> Text,
        channel -> Text,
        status -> Text,
        payload -> Text,
        due_on -> Date,
        attempts -> Integer,
        next_at -> Timestamp,
        lease -> Nullable<Text>,
        leased_until -> Nullable<Timestamp>,
        batch_id -> Nullable<Text>,
        sent_at -> Nullable<Timestamp>,
        acknowledged_at -> Nullable<Timestamp>,
        answered_at -> Nullable<Timestamp>,
        reason -> Nullable<Text>,
        version -> Integer,
        late -> Bool,
        last_outcome -> Nullable<Text>,
        reason_code -> Nullable<Text>,
        place -> BigInt,
        kind -> Text,
        corrects -> Nullable<Text>,
    }
}

diesel::table! {
    delivery_attempts (delivery_id, attempt) {
        delivery_id -> Text,
        attempt -> Integer,
        at -> Timestamp,
        outcome -> Text,
        http_status -> Nullable<Integer>,
    }
}

diesel::table! {
    mails (id) {
        id -> Text,
        about -> Text,
        status -> Text,
        address -> Text,
        address_index -> Text,
        letter -> Nullable<Text>,
        round -> Integer,
        attempts -> Integer,
        created_at -> Timestamp,
        asked_at -> Timestamp,
        next_at -> Timestamp,
        lease -> Nullable<Text>,
        leased_until -> Nullable<Timestamp>,
        sent_at -> Nullable<Timestamp>,
        last_outcome -> Nullable<Text>,
        reply_code -> Nullable<Integer>,
        bounce_code -> Nullable<Text>,
        bounce_text -> Nullable<Text>,
        stop -> Nullable<Text>,
        stop_reason -> Nullable<Text>,
        version -> Integer,
    }
}

diesel::table! {
    outgoing_letters (id) {
        id -> Text,
        about -> Text,
        status -> Text,
        letter -> Text,
        created_at -> Timestamp,
        printed_at -> Nullable<Timestamp>,
        stop -> Nullable<Text>,
        stop_reason -> Nullable<Text>,
        version -> Integer,
    }
}

diesel::table! {
    agency_batches (id) {
        id -> Text,
        agency_code -> Text,
        period -> Text,
        deliveries -> Integer,
        made_at -> Timestamp,
    }
}

diesel::table! {
    agency_reconciliations (id) {
        id -> Text,
        agency_code -> Text,
        from_on -> Date,
        to_on -> Date,
        body -> Text,
        made_by -> Text,
        made_at -> Timestamp,
    }
}

diesel::table! {
    surveys (id) {
        id -> Text,
        status -> Text,
        form -> Text,
        opens_on -> Date,
        closes_on -> Date,
        written_by -> Text,
        opened_by -> Nullable<Text>,
        created_at -> Timestamp,
        opened_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        readings -> Nullable<Text>,
        results_shown -> Bool,
        words_deleted_on -> Nullable<Date>,
        version -> Integer,
        asked_through -> Nullable<Date>,
        invitations_paused_at -> Nullable<Timestamp>,
        invited -> Integer,
    }
}

diesel::table! {
    survey_boxes (survey_id) {
        survey_id -> Text,
        kept -> Text,
    }
}

diesel::table! {
    survey_asked (who) {
        who -> Text,
        asked_on -> Date,
    }
}

diesel::table! {
    survey_refusals (address_index) {
        address_index -> Text,
    }
}

diesel::table! {
    petitions (id) {
        id -> Text,
        number -> Text,
        roc_year -> Integer,
        register_number -> Integer,
        secret_hash -> Text,
        status -> Text,
        kind -> Text,
        channel -> Text,
        language -> Text,
        confidential -> Bool,
        whistleblower -> Bool,
        names_staff -> Bool,
        concerns_settled -> Bool,
        petitioner_index -> Nullable<Text>,
        matter -> Text,
        petitioners -> Text,
        handling -> Text,
        taken_by -> Text,
        received_at -> Timestamp,
        registered_at -> Nullable<Timestamp>,
        confirm_hash -> Nullable<Text>,
        confirm_until -> Nullable<Timestamp>,
        supplement_until -> Nullable<Timestamp>,
        handler -> Nullable<Text>,
        due_at -> Nullable<Timestamp>,
        first_reply_at -> Nullable<Timestamp>,
        closed_at -> Nullable<Timestamp>,
        warned_at -> Nullable<Timestamp>,
        overdue_at -> Nullable<Timestamp>,
        limits_until -> Nullable<Timestamp>,
        call_at -> Nullable<Timestamp>,
        letter_at -> Nullable<Timestamp>,
        version -> Integer,
        guarded -> Bool,
        merged_into -> Nullable<Text>,
        unsearched -> Bool,
        entered_twice -> Bool,
        erased_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    petition_words (token, block) {
        token -> Text,
        block -> Integer,
        places -> Text,
    }
}

diesel::table! {
    petition_indexed (petition_id) {
        petition_id -> Text,
        texts -> Text,
    }
}

diesel::table! {
    petition_people (petition_id, place) {
        petition_id -> Text,
        place -> Integer,
        number_index -> Text,
    }
}

diesel::table! {
    petition_concerns (petition_id, place) {
        petition_id -> Text,
        place -> Integer,
        account_id -> Nullable<Text>,
        service_point -> Nullable<Text>,
        words -> Nullable<Text>,
        named_by -> Nullable<Text>,
        named_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    petition_concerned (petition_id, service_point, account_id) {
        petition_id -> Text,
        service_point -> Text,
        account_id -> Text,
    }
}

diesel::table! {
    petition_history (petition_id, line) {
        petition_id -> Text,
        line -> Integer,
        at -> Timestamp,
        action -> Text,
        status -> Text,
        actor -> Text,
        reason -> Text,
    }
}

diesel::table! {
    petition_ratings (petition_id, reply) {
        petition_id -> Text,
        reply -> Integer,
        body -> Text,
        rated_at -> Nullable<Timestamp>,
        set_aside_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    petition_periods (petition_id, place) {
        petition_id -> Text,
        place -> Integer,
        began_at -> Timestamp,
        due_at -> Nullable<Timestamp>,
        first_reply_at -> Nullable<Timestamp>,
        answered_at -> Nullable<Timestamp>,
        extended_at -> Nullable<Timestamp>,
        ended_at -> Nullable<Timestamp>,
        ended_as -> Nullable<Text>,
    }
}

diesel::table! {
    petition_sources (petition_id, record) {
        petition_id -> Text,
        record -> Text,
    }
}

diesel::table! {
    petition_publications (id) {
        id -> Text,
        petition_id -> Text,
        public_id -> Text,
        status -> Text,
        ground -> Text,
        kind -> Text,
        topic -> Nullable<Text>,
        language -> Text,
        content -> Text,
        source -> Text,
        written_by -> Text,
        published_at -> Nullable<Timestamp>,
        reason -> Text,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    petition_topics (petition_id) {
        petition_id -> Text,
        topic -> Text,
    }
}

diesel::table! {
    petition_digests (id) {
        id -> Text,
        month -> Date,
        status -> Text,
        revision -> Integer,
        submitted_by -> Nullable<Text>,
        submitted_at -> Nullable<Timestamp>,
        submitted_hash -> Nullable<Text>,
        read_by -> Nullable<Text>,
        read_at -> Nullable<Timestamp>,
        remarks -> Nullable<Text>,
        warned_for -> Nullable<Date>,
        overdue_for -> Nullable<Date>,
        version -> Integer,
    }
}

diesel::table! {
    petition_digest_snapshots (digest_id, revision) {
        digest_id -> Text,
        revision -> Integer,
        frozen_by -> Text,
        frozen_at -> Timestamp,
        sha256 -> Text,
        counted -> Text,
        facts -> Text,
        unfrozen_at -> Nullable<Timestamp>,
        rated -> Nullable<Text>,
    }
}

diesel::table! {
    petition_digest_remarks (digest_id, place) {
        digest_id -> Text,
        place -> Integer,
        revision -> Integer,
        remarks -> Nullable<Text>,
        said_by -> Text,
        said_at -> Timestamp,
        reason -> Text,
    }
}

diesel::table! {
    petition_digest_history (digest_id, line) {
        digest_id -> Text,
        line -> Integer,
        at -> Timestamp,
        action -> Text,
        actor -> Text,
        reason -> Text,
    }
}

diesel::table! {
    retention_holds (id) {
        id -> Text,
        record -> Text,
        reason -> Text,
        held_by -> Text,
        held_at -> Timestamp,
        lifted_by -> Nullable<Text>,
        lifted_at -> Nullable<Timestamp>,
        lifted_because -> Text,
        version -> Integer,
    }
}

diesel::table! {
    disposals (id) {
        id -> Text,
        status -> Text,
        proposed_by -> Text,
        proposed_at -> Timestamp,
        approved_by -> Nullable<Text>,
        approved_at -> Nullable<Timestamp>,
        document_number -> Nullable<Text>,
        document_on -> Nullable<Date>,
        carried_out_from -> Nullable<Timestamp>,
        carried_out_at -> Nullable<Timestamp>,
        reason -> Text,
        version -> Integer,
    }
}

diesel::table! {
    disposal_records (disposal_id, place) {
        disposal_id -> Text,
        place -> Integer,
        record -> Text,
        number -> Text,
        category -> Text,
        ended_on -> Date,
        erased_at -> Nullable<Timestamp>,
        kept_because -> Nullable<Text>,
    }
}

diesel::table! {
    uploads (id) {
        id -> Text,
        kind -> Text,
        status -> Text,
        owner -> Text,
        address_index -> Text,
        secret_hash -> Nullable<Text>,
        name -> Text,
        media_type -> Text,
        size -> BigInt,
        digest -> Text,
        received -> BigInt,
        file -> Nullable<Text>,
        file_size -> Nullable<BigInt>,
        scan -> Nullable<Text>,
        refusal -> Nullable<Text>,
        check_lease -> Nullable<Text>,
        checking_until -> Nullable<Timestamp>,
        record -> Nullable<Text>,
        part -> Nullable<Text>,
        created_at -> Timestamp,
        expires_at -> Timestamp,
        attached_at -> Nullable<Timestamp>,
        version -> Integer,
    }
}

diesel::table! {
    upload_parts (upload_id, begins) {
        upload_id -> Text,
        begins -> BigInt,
        file -> Text,
        size -> BigInt,
    }
}

diesel::table! {
    knowledge_answers (id) {
        id -> Text,
        status -> Text,
        topic -> Text,
        owner -> Text,
        draft -> Nullable<Text>,
        drafted_by -> Text,
        latest -> Integer,
        review_due_on -> Nullable<Date>,
        review_reason -> Text,
        told_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    knowledge_versions (answer_id, number) {
        answer_id -> Text,
        number -> Integer,
        body -> Text,
        search -> Text,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        wrong -> Bool,
        published_at -> Timestamp,
    }
}

diesel::table! {
    inquiries (id) {
        id -> Text,
        number -> Text,
        secret_hash -> Text,
        status -> Text,
        channel -> Text,
        topic -> Text,
        language -> Text,
        service_point -> Text,
        said -> Text,
        handling -> Text,
        person_id -> Nullable<Text>,
        asked_by -> Text,
        mail_proven -> Bool,
        asked_at -> Timestamp,
        rule -> Text,
        due_at -> Timestamp,
        answered_at -> Nullable<Timestamp>,
        recheck_at -> Nullable<Timestamp>,
        call_at -> Nullable<Timestamp>,
        petition_id -> Nullable<Text>,
        overdue_at -> Nullable<Timestamp>,
        version -> Integer,
        erased_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    inquiry_citations (inquiry_id, answer_id, number) {
        inquiry_id -> Text,
        answer_id -> Text,
        number -> Integer,
    }
}

diesel::table! {
    on_site_complaints (id) {
        id -> Text,
        number -> Text,
        status -> Text,
        service_point -> Text,
        said -> Text,
        person_id -> Nullable<Text>,
        names_staff -> Bool,
        taken_by -> Text,
        began_at -> Timestamp,
        takeover_due_at -> Timestamp,
        taken_over_at -> Nullable<Timestamp>,
        follow_up_from -> Nullable<Timestamp>,
        follow_up_rule -> Text,
        follow_up_due_at -> Nullable<Timestamp>,
        takeover_told_at -> Nullable<Timestamp>,
        overdue_at -> Nullable<Timestamp>,
        version -> Integer,
        erased_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    on_site_steps (complaint_id, line) {
        complaint_id -> Text,
        line -> Integer,
        step -> Text,
        standing -> Nullable<Text>,
        happened_at -> Timestamp,
        done_by -> Text,
        entered_at -> Timestamp,
        entered_by -> Text,
        words -> Text,
        petition_id -> Nullable<Text>,
        struck_at -> Nullable<Timestamp>,
        struck_by -> Nullable<Text>,
    }
}

diesel::table! {
    on_site_concerns (complaint_id, place) {
        complaint_id -> Text,
        place -> Integer,
        account_id -> Nullable<Text>,
        service_point -> Nullable<Text>,
    }
}

diesel::table! {
    on_site_concerned (complaint_id, service_point, account_id) {
        complaint_id -> Text,
        service_point -> Text,
        account_id -> Text,
    }
}

diesel::table! {
    improvement_items (id) {
        id -> Text,
        status -> Text,
        topic -> Text,
        said -> Text,
        owner -> Text,
        proposed_by -> Text,
        done_by -> Nullable<Text>,
        done_at -> Nullable<Timestamp>,
        due_on -> Date,
        due_at -> Timestamp,
        overdue_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    opinion_items (id) {
        id -> Text,
        status -> Text,
        source -> Text,
        said_on -> Date,
        topic -> Text,
        tone -> Text,
        said -> Text,
        owner -> Nullable<Text>,
        petition_id -> Nullable<Text>,
        improvement_id -> Nullable<Text>,
        entered_by -> Text,
        created_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    recruitment_plans (id) {
        id -> Text,
        status -> Text,
        body -> Text,
        opens_on -> Date,
        closes_on -> Date,
        written_by -> Text,
        written_at -> Timestamp,
        published_by -> Nullable<Text>,
        published_at -> Nullable<Timestamp>,
        version -> Integer,
    }
}

diesel::table! {
    volunteers (id) {
        id -> Text,
        status -> Text,
        person_id -> Text,
        background -> Text,
        languages -> Text,
        categories -> Text,
        said -> Text,
        joined_on -> Date,
        member_from -> Nullable<Date>,
        suspended_until -> Nullable<Date>,
        merged_into -> Nullable<Text>,
        entered_by -> Text,
        entered_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    volunteer_entries (id) {
        id -> Text,
        volunteer_id -> Text,
        kind -> Text,
        category -> Nullable<Text>,
        status -> Text,
        from_on -> Date,
        until_on -> Nullable<Date>,
        number -> Nullable<Text>,
        said -> Text,
        warned_at -> Nullable<Timestamp>,
        entered_by -> Text,
        entered_at -> Timestamp,
        version -> Integer,
    }
}

diesel::table! {
    volunteer_history (id) {
        id -> Text,
        record -> Text,
        act -> Text,
        actor -> Text,
        at -> Timestamp,
        said -> Text,
    }
}

diesel::table! {
    volunteer_applications (id) {
        id -> Text,
        status -> Text,
        plan_id -> Text,
        person_id -> Text,
        identity_index -> Text,
        secret_hash -> Text,
        said -> Text,
        applied_by -> Text,
        applied_at -> Timestamp,
        decided_by -> Nullable<Text>,
        decided_at -> Nullable<Timestamp>,
        volunteer_id -> Nullable<Text>,
        version -> Integer,
    }
}

diesel::table! {
    promotion_partners (id) {
        id -> Text,
        status -> Text,
        office -> Text,
        village_code -> Text,
        neighbourhood -> Nullable<Integer>,
        person_id -> Text,
        said -> Text,
        from_on -> Date,
        until_on -> Nullable<Date>,
        ended_on -> Nullable<Date>,
        entered_by -> Text,
        entered_at -> Timestamp,
        version -> Integer,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    journal_head,
    journal_inbox,
    write_gate,
    set_locks,
    drawn_numbers,
    audit_log,
    events,
    stored_answers,
    people,
    protection_marks,
    protection_barred,
    protection_names,
    protection_lines,
    person_joins,
    facts,
    case_ex_officio,
    case_certificates,
    case_heads,
    people_names,
    case_named,
    identity_codes,
    identity_proofs,
    external_attempts,
    external_links,
    accounts,
    account_holders,
    password_history,
    password_resets,
    refresh_families,
    refresh_tokens,
    login_failures,
    clients,
    clock_mark,
    signing_keys,
    revoked_tokens,
    letters_of_proxy,
    closures,
    day_overrides,
    government_days,
    services,
    advisers,
    rota,
    claims,
    revisions,
    holds,
    bookings,
    booking_history,
    booking_suspensions,
    booking_conflicts,
    waitlist,
    contacts,
    contact_phones,
    calls,
    calendar_tokens,
    consultations,
    referrals,
    case_types,
    counters,
    former_id_numbers,
    cases,
    case_parties,
    case_lineups,
    case_applicant_changes,
    case_history,
    case_stops,
    duplicate_verdicts,
    case_reviews,
    one_time_notices,
    case_changes,
    maintenance_records,
    spot_check_entries,
    error_records,
    spot_check_plans,
    spot_check_draws,
    spot_checks,
    spot_check_populations,
    late_requests,
    seals,
    certificates,
    agencies,
    agency_notices,
    agency_deliveries,
    delivery_attempts,
    agency_batches,
    mails,
    outgoing_letters,
    agency_reconciliations,
    surveys,
    survey_boxes,
    survey_asked,
    survey_refusals,
    petitions,
    petition_words,
    petition_indexed,
    petition_people,
    petition_concerns,
    petition_concerned,
    petition_history,
    petition_ratings,
    retention_holds,
    disposals,
    disposal_records,
    uploads,
    upload_parts,
    knowledge_answers,
    knowledge_versions,
    inquiries,
    inquiry_citations,
    on_site_complaints,
    on_site_steps,
    on_site_concerns,
    on_site_concerned,
    improvement_items,
    opinion_items,
    petition_periods,
    petition_sources,
    petition_publications,
    petition_topics,
    petition_digests,
    petition_digest_snapshots,
    petition_digest_history,
    petition_digest_remarks,
    recruitment_plans,
    volunteers,
    volunteer_entries,
    volunteer_history,
    volunteer_applications,
    promotion_partners,
);
