//! Tables as files: CSV and XLSX, in which no cell is ever run as a formula.

use rust_xlsxwriter::Workbook;

use super::Reply;
use crate::error::{Error, Result};

/// A header and rows of text.
pub struct Sheet {
    header: Vec<&'static str>,
    rows: Vec<Vec<String>>,
}

/// Keeps a cell from being run as a formula, in full width as well.
fn inert(text: &str) -> String {
    let runs = ['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠'];
    if text.starts_with(runs) { format!("'{text}") } else { text.to_owned() }
}

impl Sheet {
    pub fn new(header: Vec<&'static str>, rows: Vec<Vec<String>>) -> Self {
        Self { header, rows }
    }

    /// The table as CSV in UTF-8.
    pub fn csv(&self) -> Result<Reply> {
        let broken = |e| Error::internal("a table cannot be written", e);
        let mut file = csv::Writer::from_writer(Vec::new());
        file.write_record(&self.header).map_err(broken)?;
        for row in &self.rows {
            file.write_record(row.iter().map(|cell| inert(cell))).map_err(broken)?;
        }
        let bytes = file.into_inner().map_err(|e| Error::internal("a table cannot be written", e))?;
        Ok(Reply::file("text/csv; charset=utf-8", bytes))
    }

    /// The table as an XLSX workbook of one sheet.
    pub fn xlsx(&self) -> Result<Reply> {
        let broken = |e| Error::internal("a table cannot be written", e);
        let mut book = Workbook::new();
        let sheet = book.add_worksheet();
        for (column, cell) in (0_u16..).zip(&self.header) {
            sheet.write_string(0, column, *cell).map_err(broken)?;
        }
        for (row, cells) in (1_u32..).zip(&self.rows) {
            for (column, cell) in (0_u16..).zip(cells) {
                // Written as text: never a formula.
                sheet.write_string(row, column, cell).map_err(broken)?;
            }
        }
        let bytes = book.save_to_buffer().map_err(broken)?;
        Ok(Reply::file("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", bytes))
    }
}

#[cfg(test)]
mod tests {
    use super::inert;

    #[test]
    fn no_cell_starts_a_formula() {
        for text in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1"] {
            assert_eq!(inert(text), format!("'{text}"));
        }
        for text in ["", "1=1", "彰美路-1號"] {
            assert_eq!(inert(text), text);
        }
    }
}
