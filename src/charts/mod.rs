//! Charts as SVG, each with a text of its own: what it shows stands in its title and description, and in its labels as text; series
//! differ by pattern, dash and mark beside colour, and every colour has a contrast of 3:1 against white at least.

mod bars;
mod lines;

pub use bars::bars;
pub use lines::lines;
use serde::Serialize;

/// What a chart is about, for whoever hears it read; `id` is the only one of its name on a page, of ASCII letters and digits.
#[derive(Clone, Copy, Debug)]
pub struct Caption<'a> {
    pub id: &'a str,
    pub title: &'a str,
    pub description: &'a str,
}

/// A chart: as it is drawn, and what stands for it where it is not seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Chart {
    pub svg: String,
    pub text: String,
}

/// One series: a number for each category; none where none is known.
#[derive(Clone, Debug)]
pub struct Series {
    pub name: String,
    pub values: Vec<Option<u32>>,
}

/// Width of every chart in its own units, which a page scales.
const WIDTH: u32 = 640;

/// Contrast against white from 5.0 up (WCAG asks 3.0 of graphics).
const COLOURS: [&str; 4] = ["#1f4e79", "#b45309", "#15703d", "#6d28d9"];

const INK: &str = "#1d2328";
const AXIS: &str = "#767676";

fn colour(series: usize) -> &'static str {
    COLOURS[series % COLOURS.len()]
}

/// A text that is put between tags or into an attribute.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // What XML has no place for.
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

/// The chart around what was drawn: an image for whoever hears it, with the text of its labels.
fn framed(caption: Caption<'_>, height: u32, drawn: &str) -> Chart {
    let Caption { id, title, description } = caption;
    let text = format!("{title}: {description}");
    let (title, description) = (escaped(title), escaped(description));
    let svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" viewBox=\"0 0 {WIDTH} {height}\" \
         width=\"{WIDTH}\" height=\"{height}\" font-family=\"'Noto Sans TC','PingFang TC','Microsoft JhengHei',sans-serif\" font-size=\"13\" \
         fill=\"{INK}\"><title id=\"{id}-t\">{title}</title><desc id=\"{id}-d\">{description}</desc>{drawn}</svg>"
    );
    Chart { svg, text }
}

/// A text at a place, with its anchor: `start`, `middle` or `end`.
fn label((x, y): (u32, u32), anchor: &str, text: &str) -> String {
    format!("<text x=\"{x}\" y=\"{y}\" text-anchor=\"{anchor}\">{}</text>", escaped(text))
}

/// The round number at or above a value up to which an axis goes: 1, 2 or 5 times a power of ten.
fn round_up(value: u32) -> u32 {
    let mut step = 1u32;
    loop {
        for times in [1, 2, 5] {
            match step.checked_mul(times) {
                Some(round) if round >= value => return round,
                Some(_) => {}
                None => return u32::MAX,
            }
        }
        match step.checked_mul(10) {
            Some(next) => step = next,
            None => return u32::MAX,
        }
    }
}

/// A value as a length of an axis.
fn scaled(value: u32, most: u32, length: u32) -> u32 {
    let scaled = u64::from(value) * u64::from(length) / u64::from(most.max(1));
    u32::try_from(scaled).unwrap_or(length).min(length)
}

fn largest(series: &[Series]) -> u32 {
    series.iter().flat_map(|one| one.values.iter().flatten()).copied().max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, values: &[u32]) -> Series {
        Series { name: name.to_owned(), values: values.iter().copied().map(Some).collect() }
    }

    const CAPTION: Caption<'_> = Caption { id: "c1", title: "收受與結案 <一>", description: "逐月件數 & 趨勢" };

    #[test]
    fn a_chart_tells_what_it_shows_and_escapes_what_it_is_given() {
        let names = ["<b>".to_owned(), "二".to_owned()];
        for chart in [bars(CAPTION, &names, &[series("\"收\"", &[3, 0])]), lines(CAPTION, &names, &[series("\"收\"", &[3, 0])])]
        {
            assert_eq!(chart.text, "收受與結案 <一>: 逐月件數 & 趨勢");
            let chart = chart.svg;
            assert!(chart.starts_with("<svg ") && chart.ends_with("</svg>"), "{chart}");
            assert!(chart.contains("role=\"img\" aria-labelledby=\"c1-t c1-d\""));
            assert!(chart.contains("<title id=\"c1-t\">收受與結案 &lt;一&gt;</title>"));
            assert!(chart.contains("<desc id=\"c1-d\">逐月件數 &amp; 趨勢</desc>"));
            assert!(chart.contains("&lt;b&gt;") && chart.contains("&quot;收&quot;") && !chart.contains("<b>"));
            assert!(!chart.contains("style="), "a page allows no style but its own");
        }
    }

    #[test]
    fn bars_are_as_long_as_their_numbers_and_name_them() {
        let names = ["一".to_owned(), "二".to_owned()];
        let chart = bars(CAPTION, &names, &[series("收", &[10, 5]), series("結", &[0, 10])]).svg;
        let widths: Vec<u32> = chart
            .split("<rect class=\"bar\" ")
            .skip(1)
            .map(|rect| rect.split("width=\"").nth(1).unwrap().split('"').next().unwrap().parse().unwrap())
            .collect();
        assert_eq!(widths.len(), 4);
        assert_eq!((widths[0], widths[1], widths[2]), (widths[3], 0, widths[0] / 2));
        assert!(chart.contains(">10</text>") && chart.contains(">5</text>"));
        assert!(chart.contains("<pattern id=\"c1-p1\""), "told apart without colour");
    }

    #[test]
    fn a_line_leaves_out_what_is_not_known() {
        let names: Vec<String> = (1..=4).map(|month| format!("{month} 月")).collect();
        let gap = Series { name: "收".to_owned(), values: vec![Some(1), None, Some(3), Some(2)] };
        let chart = lines(CAPTION, &names, &[gap]).svg;
        assert_eq!(chart.matches("<polyline ").count(), 1, "a single point has no line");
        assert_eq!(chart.matches("<circle ").count(), 3 + 1, "each known point, and the legend");
    }

    #[test]
    fn an_axis_ends_at_a_round_number() {
        assert_eq!([0, 1, 3, 7, 11, 21, 99, 500].map(round_up), [1, 1, 5, 10, 20, 50, 100, 500]);
        assert_eq!(round_up(u32::MAX), u32::MAX);
        assert_eq!(scaled(5, 10, 300), 150);
    }
}
