import Testing

@testable import Pipeline

/// Secrets stay names, and nothing that may be one is shown.
@Suite struct ConnectionReadingTests {
    private func load(
        _ connection: String, given: [String: String] = [:], environment: [String: String] = [:], before: String = ""
    ) throws(InvalidPipeline) -> PipelineLoader.Loaded {
        try SpecReading.load(
            "name: p\n\(before)source: {type: database, connection: '\(connection)', table: t}", given: given,
            environment: environment)
    }

    private func connection(_ loaded: PipelineLoader.Loaded) -> SecretText {
        if case .database(let source) = loaded.spec.sources[0].source { source.connection } else { SecretText([]) }
    }

    @Test func secretsStayReferences() throws {
        let secret = connection(try load("postgresql://reader:${secret:SHOP_PASSWORD}@db.example:5432/shop"))
        #expect(
            secret.segments == [
                .text("postgresql://reader:"), .secret(name: "SHOP_PASSWORD", fallback: nil),
                .text("@db.example:5432/shop"),
            ])
        #expect(secret.secrets == ["SHOP_PASSWORD"])
        #expect(
            try secret.resolved { ["SHOP_PASSWORD": "pw"][$0] } == "postgresql://reader:pw@db.example:5432/shop")
        #expect(throws: MissingSecrets(names: ["SHOP_PASSWORD"], path: "source.connection")) {
            try secret.resolved { _ in nil }
        }
        #expect("\(secret)" == "postgresql://***@db.example:5432/shop")
    }

    @Test func secretsMayHaveDefaultsAndBeDefaults() throws {
        let fallback = connection(try load("${secret:shop/url:-duckdb://a.db}"))
        #expect(try fallback.resolved { _ in nil } == "duckdb://a.db")
        #expect(try fallback.resolved { _ in "duckdb://b.db" } == "duckdb://b.db")
        #expect("\(fallback)" == "${secret:shop/url}")
        let variable = connection(try load("${URL:-${secret:URL}}"))
        #expect(variable.segments == [.secret(name: "URL", fallback: nil)])
        #expect(
            connection(try load("${URL:-${secret:URL}}", given: ["URL": "duckdb://a"])).segments == [
                .text("duckdb://a")
            ])
    }

    @Test(arguments: [
        ("postgresql://u:pw@h:5432/db?sslmode=require", "postgresql://***@h:5432/db?***"),
        ("postgresql://h/db", "postgresql://h/db"), ("mysql://u@h/db", "mysql://***@h/db"),
        ("postgresql://u:p@ss@h/db", "postgresql://***@h/db"), ("postgresql://u:p?w@h/db", "postgresql://***"),
        ("postgresql://u:p/w@h/db", "postgresql://***@h/db"), ("postgresql://h/db?password=a@b", "postgresql://***"),
        ("host=h password=pw", "***"), ("sqlite:////a/b.db", "sqlite:////a/b.db"),
    ])
    func whatIsShownHoldsNoCredential(text: String, shown: String) {
        #expect("\(SecretText([.text(text)]))" == shown)
        #expect(String(reflecting: SecretText([.text(text)])) == shown)
        var dumped = ""
        dump(SecretText([.text(text)]), to: &dumped)
        #expect(!dumped.contains("pw"))
    }

    @Test(arguments: [
        "postgresql://u:pw@h/db", "postgresql://u:p${V}@h/db", "postgresql://h/db?user=u&PassWord=pw",
        "${URL:-mysql://u:pw@h/db}", "${DECLARED}",
    ])
    func aWrittenPasswordIsWarnedOfButNotShown(connection: String) throws {
        let loaded = try load(
            connection, given: ["V": "x"], before: "variables: {DECLARED: 'postgresql://u:pw@h/db'}\n")
        #expect(loaded.warnings.count == 1)
        #expect(loaded.warnings.first?.message.contains("${secret:NAME}") == true)
        #expect(loaded.warnings.allSatisfy { !$0.message.contains("pw") })
        #expect(loaded.writtenPasswords.map(\.path) == ["source.connection"])
    }

    @Test(arguments: [
        "postgresql://u:${secret:PW}@h/db", "postgresql://u:${PW}@h/db", "postgresql://u@h/db", "postgresql://h/db",
        "postgresql://h/db?password=${secret:PW}", "sqlite://a:b.db", "${URL}",
    ])
    func otherConnectionsHoldNone(connection: String) throws {
        let loaded = try load(connection, given: ["PW": "x", "URL": "postgresql://u:pw@h/db"])
        #expect(loaded.warnings.isEmpty)
        #expect(loaded.writtenPasswords.isEmpty)
    }

    @Test(arguments: [
        ("${V}", "postgresql://u:pw@h/db", true), ("postgresql://u:${V}@h/db", "pw", true),
        ("postgresql://${V}@h/db", "u", true), ("postgresql://u:${secret:P}@${V}/db", "db.example", false),
        ("postgresql://u:${secret:P}@h/${V}", "shop", false),
        ("postgresql://u:${secret:P}@h/${V}", "shop?password=x", true),
        ("postgresql://h/db?password=${V}", "pw", true), ("sqlite:///data/${V}/a.db", "2024/01", false),
        ("${V}://h/db", "mysql", true), ("postgresql://u:${secret:P:-${V}}@h/db", "pw", true),
        ("postgresql://${V}/db", "h", false),
    ])
    func variablesThatMayBeCredentialsAreMarked(connection: String, value: String, isSensitive: Bool) throws {
        let loaded = try load(connection, environment: ["V": value])
        #expect(loaded.variables == ["V": value])
        #expect(loaded.sensitiveVariables == (isSensitive ? ["V"] : []))
    }

    @Test func aCredentialInsideADeclaredDefaultIsMarked() throws {
        let loaded = try load(
            "${URL}", environment: ["PW": "x", "HOST": "h"],
            before: "variables: {AUTH: 'u:${PW}', URL: 'postgresql://${AUTH}@${HOST}/db'}\n")
        #expect(loaded.sensitiveVariables.contains("PW"))
        #expect(!loaded.sensitiveVariables.contains("URL"))
    }

    @Test func valuesAreNeverShownInProblems() {
        for value in ["topsecret", "oracle://topsecret@h", "postgresql://topsecret\n"] {
            let problems = SpecReading.problems(
                "name: p\nsource: {type: database, connection: '${V}', table: t}", given: ["V": value])
            #expect(problems.count == 1)
            #expect(problems.allSatisfy { !$0.contains("topsecret") }, "\(problems)")
        }
    }
}
