import Engines
import Fleet
import Support
import Testing

@testable import Settings

@Suite struct SecretPlacesTests {
    private func places(
        _ variables: [String: String], _ environment: SecretPlaces.Environment = .prefixed, in folder: String? = nil
    ) -> SecretPlaces {
        SecretPlaces(variables: variables, environment: environment, directory: folder)
    }

    @Test("the environment comes before the folder of secrets, where a line's end is not part of a secret")
    func order() async throws {
        try await withTemporaryFolder { folder in
            try write("from file\r\n", to: folder + "/db/shop-pw")
            let file = places([:], in: folder)
            #expect(try file.value(of: "db/shop-pw") == "from file")
            let both = places(["QUICKETL_SECRET_DB_SHOP_PW": "from environment"], in: folder)
            #expect(try both.value(of: "db/shop-pw") == "from environment")
            #expect(try file.value(of: "other") == nil)
        }
    }

    @Test("only a person's own run reads plain variables: a submitted pipeline must not name a worker's")
    func prefix() throws {
        let variables = ["PATH_TO_ALL": "x"]
        #expect(try places(variables, .prefixed).value(of: "PATH_TO_ALL") == nil)
        #expect(try places(variables, .prefixedOrPlain).value(of: "PATH_TO_ALL") == "x")
    }

    @Test("both places of a secret are told")
    func told() {
        let text = places([:], in: "/run/secrets").places(of: "db/pw")
        #expect(text.contains("QUICKETL_SECRET_DB_PW") && text.contains("/run/secrets/db/pw"))
    }

    @Test("a file that is no text is refused by name")
    func noText() async throws {
        try await withTemporaryFolder { folder in
            try write(String(repeating: "topsecret", count: 10_000), to: folder + "/big")
            let error = #expect(throws: Failure.self) { try places([:], in: folder).value(of: "big") }
            #expect(error?.message.contains("topsecret") == false)
        }
    }
}
