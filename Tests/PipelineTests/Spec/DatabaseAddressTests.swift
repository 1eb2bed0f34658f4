import Foundation
import Testing

@testable import Pipeline

@Suite struct DatabaseAddressTests {
    private func address(_ segments: SecretText.Segment..., secrets: [String: String] = [:]) throws -> DatabaseAddress {
        try DatabaseAddress(SecretText(segments), baseDirectory: "/base") { secrets[$0] }
    }

    @Test("a URI is taken apart, and what it left out is filled in")
    func parts() throws {
        let full = try address(.text("postgresql://us%40er:p%3Aw@Host.example:6000/my%20db?sslmode=require&port=7000"))
        #expect(full.user == "us@er" && full.password == "p:w" && full.database == "my db")
        #expect(full.host == "host.example" && full.port == 7000 && full.options == ["sslmode": "require"])
        let short = try address(.text("mariadb://localhost/shop"))
        #expect(
            short.kind == .mysql && short.user == nil && short.password == nil
                && short.server == "mysql://localhost:3306")
        let socket = try address(.text("postgres://u@/db?host=%2Frun%2Fpg"))
        #expect(socket.host == "/run/pg" && socket.database == "db")
        let six = try address(.text("mysql://u@[::1]:3307/db"))
        #expect(six.host == "::1" && six.port == 3307)
    }

    @Test("a secret within a URI stands for itself, whatever signs it holds")
    func secrets() throws {
        let odd = "p@ss/w:o?r#d%41&x=y"
        let secret = SecretText.Segment.secret(name: "PW", fallback: nil)
        let found = try address(
            .text("postgresql://u:"), secret, .text("@h:1/d?application_name="), secret, secrets: ["PW": odd])
        #expect(found.password == odd && found.host == "h" && found.options["application_name"] == odd)
        let both = try address(.text("postgresql://"), secret, .text("@h/d"), secrets: ["PW": "me:a:b@c"])
        #expect(both.user == "me" && both.password == "a:b@c")
        let whole = try address(secret, secrets: ["PW": "mysql://u:p%40@h/d"])
        #expect(whole.kind == .mysql && whole.password == "p@")
        let host = try address(.text("postgresql://u@"), secret, .text("/d"), secrets: ["PW": "db.internal:99"])
        #expect(host.host == "db.internal" && host.port == 99)
    }

    @Test(
        "files are relative to the working directory, or absolute behind four slashes",
        arguments: [
            ("sqlite://a/b.db", "/base/a/b.db"), ("sqlite:///a/b.db", "/base/a/b.db"),
            ("sqlite:////a/b.db", "/a/b.db"), ("duckdb://x%20y.duckdb", "/base/x%20y.duckdb"),
        ])
    func files(_ pair: (String, String)) throws { #expect(try address(.text(pair.0)).database == pair.1) }

    @Test(
        "what cannot be used is refused, without a word of what it holds",
        arguments: [
            "mysql://u:topsecret@h/", "postgresql://u:topsecret@h:99999/d", "postgresql://u:topsecret@a,b/d",
            "postgresql://u:topsecret@h/d?passfile=topsecret", "sqlite://", "sqlite://topsecret/", "sqlite://:memory:",
            "sqlite://a.db?mode=topsecret", "ftp://topsecret",
        ])
    func refused(uri: String) {
        let error = #expect(throws: (any Error).self) { try address(.text(uri)) }
        #expect("\(String(describing: error))".contains("topsecret") == false)
    }

    @Test("nothing that prints an address shows who goes there")
    func masked() throws {
        let found = try address(.text("postgresql://someone:topsecret@h/d?options=topsecret"))
        var dumped = ""
        dump(found, to: &dumped)
        for text in ["\(found)", String(reflecting: found), dumped] {
            #expect(!text.contains("topsecret") && !text.contains("someone") && text.contains("postgres://h:5432/d"))
        }
    }

    @Test("the concurrency key of a table is one for all spellings, and holds no secret")
    func keys() {
        func key(_ segments: SecretText.Segment..., table: DatabaseTableName) -> String {
            DatabaseSink(connection: SecretText(segments), table: table).concurrencyKey(baseDirectory: "/base")
        }
        let secret = SecretText.Segment.secret(name: "PW", fallback: "fallbacksecret")
        let table = DatabaseTableName(name: "t")
        let first = key(.text("postgresql://u:"), secret, .text("@H/d"), table: table)
        #expect(first == "postgres://h:5432/d.public.t")
        #expect(first == key(.text("postgres://other@h:5432/d"), table: DatabaseTableName(schema: "public", name: "t")))
        #expect(key(secret, table: table) == "${secret:PW}/t")
        #expect(key(.text("sqlite://a/../x.db"), table: table) == "sqlite:///base/x.db/main.t")
    }

    @Test("a connection in a manifest holds names of secrets, and comes back as it was")
    func coded() throws {
        let text = SecretText(
            [.text("postgresql://u:"), .secret(name: "PW", fallback: nil), .text("@h/d")],
            FieldPlace(path: "sink.connection"))
        #expect(try JSONCoding.back(text) == text)
    }
}

private enum JSONCoding {
    static func back(_ text: SecretText) throws -> SecretText {
        try JSONDecoder().decode(SecretText.self, from: JSONEncoder().encode(text))
    }
}
