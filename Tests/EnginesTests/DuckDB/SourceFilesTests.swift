import Pipeline
import Testing

@testable import Engines

@Suite struct SourceFilesTests {
    @Test(
        "a pattern is named like its file, or like the folder above its first wildcard or partition",
        arguments: [
            ("/data/in.csv", "/data/in.csv"), ("/data/*.csv", "/data"), ("/data/20??/in.csv", "/data"),
            ("/data/[ab].csv", "/data"), ("/data/**/in.csv", "/data"), ("/*.csv", "/"),
            ("/data/date=2025-01-01/in.csv", "/data"), ("/data/=odd/in.csv", "/data/=odd/in.csv"),
            ("/data/a=b*/in.csv", "/data"), ("/data/städte.csv", "/data/städte.csv"),
            // A wildcard in brackets stands for itself.
            ("/data/what[?].csv", "/data/what?.csv"), ("/data/[[]a].csv", "/data/[a].csv"), ("/data/[*]*", "/data"),
            ("/data/[[*].csv", "/data"), ("/data/[*", "/data"),
        ])
    func datasetOfAPattern(pattern: String, name: String) {
        let dataset = SourceFiles(pattern: pattern, format: .csv).dataset
        #expect(dataset.namespace == "file")
        #expect(dataset.name == name)
    }
}
