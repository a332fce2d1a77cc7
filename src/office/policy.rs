//! Who may do what of the office itself.

use crate::policy;

policy! {
    GetHealth "get_health" "" uncounted [];
    GetReadiness "get_readiness" "" uncounted [];
    GetMetrics "get_metrics" "" uncounted [];
    GetContract "get_contract" "" [];
    GetOffice "get_office" "" [];
    ListProblems "list_problems" "" [];
    GetProblem "get_problem" "" [];
}
