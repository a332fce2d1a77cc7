//! Lines over time: a point for each known number, joined where neighbours are known, each with its number over it.

use super::{AXIS, Caption, Chart, INK, Series, WIDTH, colour, framed, label, largest, round_up, scaled};

const HEIGHT: u32 = 240;
const LEFT: u32 = 46;
const RIGHT: u32 = 24;
const TOP: u32 = 44;
const BOTTOM: u32 = 34;

/// How the line of each series is dashed.
const DASHES: [&str; 4] = ["none", "7 4", "2 3", "9 3 2 3"];

/// Draws lines over categories that follow each other.
pub fn lines(caption: Caption<'_>, categories: &[String], series: &[Series]) -> Chart {
    let most = round_up(largest(series));
    let steps = u32::try_from(categories.len().saturating_sub(1)).unwrap_or(1).max(1);
    let across = |place: u32| LEFT + (WIDTH - LEFT - RIGHT) * place.min(steps) / steps;
    let up = |value: u32| HEIGHT - BOTTOM - scaled(value, most, HEIGHT - TOP - BOTTOM);
    let mut drawn = axes(most, up);
    for (place, category) in (0..).zip(categories) {
        drawn.push_str(&label((across(place), HEIGHT - 12), "middle", category));
    }
    for (place, one) in series.iter().enumerate() {
        let points: Vec<Option<(u32, u32, u32)>> =
            (0..).zip(&one.values).map(|(at, value)| value.map(|value| (across(at), up(value), value))).collect();
        for run in points.split(Option::is_none) {
            let run: Vec<String> = run.iter().flatten().map(|(x, y, _)| format!("{x},{y}")).collect();
            if run.len() > 1 {
                let (points, stroke, dash) = (run.join(" "), colour(place), DASHES[place % DASHES.len()]);
                drawn.push_str(&format!(
                    "<polyline points=\"{points}\" fill=\"none\" stroke=\"{stroke}\" stroke-width=\"2\" stroke-dasharray=\"{dash}\"/>"
                ));
            }
        }
        for (x, y, value) in points.iter().flatten() {
            drawn.push_str(&mark(place, (*x, *y)));
            let over = if place % 2 == 0 { y.saturating_sub(8) } else { y + 18 };
            drawn.push_str(&label((*x, over), "middle", &value.to_string()));
        }
        let x = LEFT + u32::try_from(place).unwrap_or(0) * 120;
        drawn.push_str(&mark(place, (x + 7, 14)));
        drawn.push_str(&label((x + 20, 19), "start", &one.name));
    }
    framed(caption, HEIGHT, &drawn)
}

/// The two axes, and the ends of the upright one.
fn axes(most: u32, up: impl Fn(u32) -> u32) -> String {
    let (low, high, right) = (up(0), up(most), WIDTH - RIGHT);
    let ends = [label((LEFT - 6, low + 4), "end", "0"), label((LEFT - 6, high + 4), "end", &most.to_string())].concat();
    format!("<path d=\"M{LEFT} {high}V{low}H{right}\" stroke=\"{AXIS}\" fill=\"none\"/>{ends}")
}

/// The mark of a point: a disc, a square, a triangle, a diamond.
fn mark(place: usize, (x, y): (u32, u32)) -> String {
    let fill = colour(place);
    let path = |points: String| format!("<polygon points=\"{points}\" fill=\"{fill}\" stroke=\"{INK}\" stroke-width=\"0.5\"/>");
    let (left, right, above, below) = (x.saturating_sub(4), x + 4, y.saturating_sub(4), y + 4);
    match place % 4 {
        0 => format!("<circle cx=\"{x}\" cy=\"{y}\" r=\"4\" fill=\"{fill}\"/>"),
        1 => path(format!("{left},{above} {right},{above} {right},{below} {left},{below}")),
        2 => path(format!("{x},{above} {right},{below} {left},{below}")),
        _ => path(format!("{x},{above} {right},{y} {x},{below} {left},{y}")),
    }
}
