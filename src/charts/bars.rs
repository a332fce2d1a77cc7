//! Bars that lie: a group for each category with its name before it, a bar for each series with its number behind it.

use super::{AXIS, Caption, Chart, Series, WIDTH, colour, escaped, framed, label, largest, round_up, scaled};

/// Height of a bar, and what stands between two groups.
const BAR: u32 = 16;
const GAP: u32 = 12;
const LEFT: u32 = 170;
const RIGHT: u32 = 60;
const TOP: u32 = 34;

/// Draws bars; categories without a value for a series have no bar there.
pub fn bars(caption: Caption<'_>, categories: &[String], series: &[Series]) -> Chart {
    let count = |length: usize| u32::try_from(length).unwrap_or(u32::MAX);
    let group = count(series.len()) * BAR + GAP;
    let height = TOP + count(categories.len()) * group + GAP;
    let most = round_up(largest(series));
    let mut drawn = patterns(caption.id, series.len());
    drawn.push_str(&legend(caption.id, series));
    for (row, category) in (0..).zip(categories) {
        let top = TOP + row * group;
        let middle = top + count(series.len()) * BAR / 2 + 5;
        drawn.push_str(&label((LEFT - 8, middle), "end", category));
        for (place, one) in series.iter().enumerate() {
            let Some(value) = one.values.get(row as usize).copied().flatten() else { continue };
            let width = scaled(value, most, WIDTH - LEFT - RIGHT);
            let y = top + count(place) * BAR;
            drawn.push_str(&bar((caption.id, place), (LEFT, y + 1), (width, BAR - 2)));
            drawn.push_str(&label((LEFT + width + 6, y + 13), "start", &value.to_string()));
        }
    }
    let bottom = height - GAP / 2;
    drawn.push_str(&format!("<path d=\"M{LEFT} {}V{bottom}\" stroke=\"{AXIS}\" fill=\"none\"/>", TOP - 4));
    framed(caption, height, &drawn)
}

fn bar((id, place): (&str, usize), (x, y): (u32, u32), (width, height): (u32, u32)) -> String {
    let stroke = colour(place);
    format!(
        "<rect class=\"bar\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"url(#{id}-p{place})\" stroke=\"{stroke}\"/>"
    )
}

/// What fills the bars of each series: whole, striped, dotted, crossed.
fn patterns(id: &str, count: usize) -> String {
    let pattern = |place: usize| {
        let colour = colour(place);
        let mark = match place % 4 {
            0 => format!("<rect width=\"8\" height=\"8\" fill=\"{colour}\"/>"),
            1 => format!("<path d=\"M-2 2L2 -2M0 8L8 0M6 10L10 6\" stroke=\"{colour}\" stroke-width=\"2\"/>"),
            2 => format!("<circle cx=\"4\" cy=\"4\" r=\"2\" fill=\"{colour}\"/>"),
            _ => format!("<path d=\"M0 0L8 8M8 0L0 8\" stroke=\"{colour}\"/>"),
        };
        format!(
            "<pattern id=\"{id}-p{place}\" width=\"8\" height=\"8\" patternUnits=\"userSpaceOnUse\"><rect width=\"8\" height=\"8\" \
             fill=\"#fff\"/>{mark}</pattern>"
        )
    };
    let all: String = (0..count).map(pattern).collect();
    format!("<defs>{all}</defs>")
}

fn legend(id: &str, series: &[Series]) -> String {
    let mut drawn = String::new();
    let mut x = LEFT;
    for (place, one) in series.iter().enumerate() {
        let stroke = colour(place);
        drawn.push_str(&format!(
            "<rect x=\"{x}\" y=\"8\" width=\"14\" height=\"12\" fill=\"url(#{id}-p{place})\" stroke=\"{stroke}\"/>"
        ));
        drawn.push_str(&format!("<text x=\"{}\" y=\"19\">{}</text>", x + 20, escaped(&one.name)));
        x += 120;
    }
    drawn
}
