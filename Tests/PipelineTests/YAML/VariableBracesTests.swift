import Testing

@testable import Pipeline

@Suite struct VariableBracesTests {
    private func fields(_ yaml: String) throws -> [String] {
        guard case .mapping(let entries) = try YAMLDocument.read(yaml).root.content else { return [] }
        return entries.map { entry in
            switch entry.value.content {
            case .scalar(let scalar): "\(entry.key)=\(scalar.text)"
            case .sequence(let items): "\(entry.key)[\(items.count)]"
            case .mapping(let inner): "\(entry.key){\(inner.map(\.key).joined(separator: ","))}"
            }
        }
    }

    @Test(
        "variables stand in lists and mappings on one line without quotes, and everywhere else as before",
        arguments: [
            ("{path: ${FILE}, format: csv}", ["path=${FILE}", "format=csv"]),
            ("{a: ${X:-${Y:-z}}, b: 'q${X}'}", ["a=${X:-${Y:-z}}", "b=q${X}"]),
            ("{a: [${X}, ${Y:-b}], c: {d: ${Z}}}", ["a[2]", "c{d}"]),
            ("a: ${X:-b}\nc: |\n  ${Y} {}\nd: $${Z}\n", ["a=${X:-b}", "c=${Y} {}\n", "d=$${Z}"]),
            ("{\"${K}\": 1}", ["${K}=1"]),
            ("a: ${X\nb: 1", ["a=${X", "b=1"]),
        ])
    func readsVariables(yaml: String, expected: [String]) throws {
        #expect(try fields(yaml) == expected)
    }

    @Test func aMappingBehindADollarSignThatIsNotClosedIsStillAMistake() {
        #expect(throws: Problem.self) { try YAMLDocument.read("{a: ${X, b: 1}") }
    }
}
