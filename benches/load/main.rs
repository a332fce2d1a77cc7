//! Load and limits in one run; prints ratios and percentiles, asserts nothing. `cargo bench` runs all parts,
//! `cargo bench -- cases` one of them; BENCH_SECONDS sets the length of a phase, BENCH_CASES and BENCH_PETITIONS the size of the store.

mod bookings;
mod cases;
mod digests;
mod office;
mod petitions;
mod writes;

fn main() {
    let wanted: Vec<String> = std::env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    let runs = |part: &str| wanted.is_empty() || wanted.iter().any(|name| name == part);
    if runs("bookings") {
        bookings::run();
    }
    if runs("cases") {
        cases::run();
    }
    if runs("petitions") {
        petitions::run();
    }
    if runs("digests") {
        digests::run();
    }
    if runs("writes") {
        writes::run();
    }
}
