//! What the program is given, and what it gives: a batch, and its traces.

use super::OracleError;

/// One text, each scenario under a line that begins with `%%%`.
pub(super) fn batch<S: AsRef<str>>(scenarios: &[S]) -> String {
    let parts = scenarios.iter().enumerate();
    parts.map(|(number, scenario)| format!("%%% {number}\n{}\n", scenario.as_ref())).collect()
}

/// The traces below such lines.
pub(super) fn traces(text: &str, expected: usize) -> Result<Vec<String>, OracleError> {
    let mut traces: Vec<String> = Vec::new();
    for line in text.split_inclusive('\n') {
        match traces.last_mut() {
            _ if line.starts_with("%%%") => traces.push(String::new()),
            Some(trace) => trace.push_str(line),
            None => {}
        }
    }
    let got = traces.len();
    if got == expected { Ok(traces) } else { Err(OracleError::Traces { expected, got }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_for_each_scenario_or_an_error_that_counts_them() {
        assert_eq!(batch(&["sup a", "sup b"]), "%%% 0\nsup a\n%%% 1\nsup b\n");
        assert_eq!(traces("%%% 0\n> start\n  = ok\n%%% 1\n", 2).unwrap(), ["> start\n  = ok\n", ""]);
        let wrong = traces("%%% 0\n", 2).unwrap_err().to_string();
        assert_eq!(wrong, "expected 2 traces of the program in tests/oracle, got 1");
    }
}
