use std::path::Path;

/// `UPDATE=1` writes the file anew.
#[test]
fn the_printed_matrix_is_the_table() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/permissions.txt");
    let matrix = duty::permissions::matrix();
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&file, &matrix).unwrap();
    }
    let printed = std::fs::read_to_string(&file).unwrap_or_default();
    assert!(
        printed == matrix,
        "docs/permissions.txt is not the table any more; review, then run with UPDATE=1\n{matrix}"
    );
}
