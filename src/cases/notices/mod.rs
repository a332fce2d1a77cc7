//! The one-time notice 一次告知單 (戶籍法施行細則 §20): every missing paper told once, all at once.

mod print;
pub mod routes;
pub mod store;
