//! Who may do what with accounts, log-ins, clients and letters of proxy.

use crate::policy;

policy! {
    Login "login" "" anew [];
    RefreshLogin "refresh_login" "" [];
    Logout "logout" "me.write" before_password_change [Citizen Own, Proxy Own, Volunteer Own, Clerk Own, Reviewer Own, Chief Own, Director Own, Adviser Own, County Own, Partner Own, Administrator Own];
    ChangePassword "change_password" "me.write" before_password_change [Citizen Own, Proxy Own, Volunteer Own, Clerk Own, Reviewer Own, Chief Own, Director Own, Adviser Own, County Own, Administrator Own];
    RegisterCitizen "register_citizen" "" [];
    CreatePasswordReset "create_password_reset" "" anew [];
    IssueClientToken "issue_client_token" "" anew [];
    RevokeToken "revoke_token" "" anew [];
    IntrospectToken "introspect_token" "" anew [];
    ListSigningKeys "list_signing_keys" "" [];
    GetAuthorizationServer "get_authorization_server" "" [];
    GetMe "get_me" "me.read" before_password_change [Citizen Own, Proxy Own, Volunteer Own, Clerk Own, Reviewer Own, Chief Own, Director Own, Adviser Own, County Own, Partner Own, Administrator Own];
    CreateIdentityCode "create_identity_code" "me.write" anew [Citizen Own];
    CreateIdentityProof "create_identity_proof" "identity.prove" alone key [Clerk Any];
    ListIdentityProofs "list_identity_proofs" "identity.read" [Chief Any, Director Any];
    GetIdentityProof "get_identity_proof" "identity.read" [Chief Any, Director Any];
    UndoIdentityProof "undo_identity_proof" "identity.undo" alone [Chief Any, Director Any];
    ListSessions "list_sessions" "me.read" before_password_change [Citizen Own, Proxy Own, Volunteer Own, Clerk Own, Reviewer Own, Chief Own, Director Own, Adviser Own, County Own, Administrator Own];
    EndSession "end_session" "me.write" before_password_change [Citizen Own, Proxy Own, Volunteer Own, Clerk Own, Reviewer Own, Chief Own, Director Own, Adviser Own, County Own, Administrator Own];
    EndOtherSessions "end_other_sessions" "me.write" before_password_change [Citizen Own, Proxy Own, Volunteer Own, Clerk Own, Reviewer Own, Chief Own, Director Own, Adviser Own, County Own, Administrator Own];
    ListUsers "list_users" "user.read" [Administrator Any, Chief Any, Director Any];
    CreateUser "create_user" "user.write" alone [Administrator Any];
    GetUser "get_user" "user.read" [Administrator Any, Chief Any, Director Any];
    UpdateUser "update_user" "user.write" alone [Administrator Any];
    ApproveUser "approve_user" "user.approve" alone [Chief Any, Director Any, Administrator Any];
    RejectUser "reject_user" "user.approve" alone [Chief Any, Director Any, Administrator Any];
    SuspendUser "suspend_user" "user.write" alone [Administrator Any];
    ReinstateUser "reinstate_user" "user.write" alone [Administrator Any];
    ResetUserPassword "reset_user_password" "user.write" alone [Administrator Any];
    ListClients "list_clients" "client.read" [Administrator Any, Chief Any, Director Any];
    CreateClient "create_client" "client.write" alone [Administrator Any];
    GetClient "get_client" "client.read" [Administrator Any, Chief Any, Director Any];
    UpdateClient "update_client" "client.write" alone [Administrator Any];
    RotateClientSecret "rotate_client_secret" "client.write" alone [Administrator Any];
    RevokeClient "revoke_client" "client.write" alone [Administrator Any];
    ApproveClient "approve_client" "client.approve" alone [Chief Any, Director Any];
    RejectClient "reject_client" "client.approve" alone [Chief Any, Director Any];
    ListLettersOfProxy "list_letters_of_proxy" "proxy.read" [Citizen Own, Proxy Own, Clerk Any, Chief Any, Director Any];
    GetLetterOfProxy "get_letter_of_proxy" "proxy.read" [Citizen Own, Proxy Own, Clerk Any, Chief Any, Director Any];
    CreateLetterOfProxy "create_letter_of_proxy" "proxy.write" alone [Citizen Own, Clerk Any];
    RevokeLetterOfProxy "revoke_letter_of_proxy" "proxy.write" alone [Citizen Own, Clerk Any];
}
