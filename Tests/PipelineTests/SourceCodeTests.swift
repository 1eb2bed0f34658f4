import Foundation
import Pipeline
import Testing

@Suite struct SourceCodeTests {
    @Test(
        "a remote is named without what gives access to it",
        arguments: [
            ("https://github.com/o/r.git", "https://github.com/o/r.git"),
            ("https://ada:t0ken@github.com/o/r.git", "https://github.com/o/r.git"),
            ("https://t0ken@h:8443/o/r?private_token=t0ken#x", "https://h:8443/o/r"),
            ("ssh://git@h:22/o/r.git", "ssh://git@h:22/o/r.git"),
            ("ssh://git:t0ken@h/o/r.git", "ssh://git@h/o/r.git"),
            ("git@github.com:o/r.git", "git@github.com:o/r.git"),
        ])
    func remotes(_ remote: String, _ shown: String) {
        #expect(SourceCode.repository(ofRemote: remote) == shown)
        #expect(SourceCode.repository(ofRemote: shown) == shown)
    }

    @Test(
        "a place on this machine is nobody else's",
        arguments: ["/srv/git/r.git", "../r", "file:///srv/git/r.git", "", "https://", "a b:c", "ext::sh -c x"])
    func places(_ remote: String) { #expect(SourceCode.repository(ofRemote: remote) == nil) }

    @Test(
        "the page of a repository",
        arguments: [
            ("https://github.com/o/r.git", "https://github.com/o/r"), ("git@h:o/r.git", "https://h/o/r"),
            ("ssh://git@h/o/r", nil), (nil, nil),
        ] as [(String?, String?)])
    func pages(_ repository: String?, _ page: String?) {
        #expect(SourceCode(repository: repository, path: "p.yml").page == page)
    }

    @Test func aRequestFromElsewhereLosesItsCredentials() throws {
        let payload = RequestSamples.json(with: [
            "source_code": "{\"path\": \"p.yml\", \"repository\": \"https://u:hunter2@h/r\"}"
        ])
        #expect(try RunRequest.decode(payload).sourceCode == SourceCode(repository: "https://h/r", path: "p.yml"))
    }
}
