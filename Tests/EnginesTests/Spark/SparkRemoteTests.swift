import Fleet
import Testing

@testable import Engines

@Suite struct SparkRemoteTests {
    @Test func aFullAddressIsRead() throws {
        let remote = try SparkRemote("sc://host.example:443/;token=a%3Db;use_ssl=true;x-cluster-id=7;user_id=me")
        #expect(remote.host == "host.example")
        #expect(remote.port == 443)
        #expect(remote.token == "a=b")
        #expect(remote.usesTLS)
        #expect(remote.userID == "me")
        #expect(remote.headers == ["x-cluster-id": "7"])
    }

    @Test func theDefaultsAreThoseOfSpark() throws {
        let remote = try SparkRemote("sc://localhost")
        #expect(remote.port == 15002)
        #expect(!remote.usesTLS)
        #expect(try SparkRemote("sc://[::1]:7/").host == "::1")
    }

    @Test func aTokenIsNeverSentInTheClearToAnotherMachine() throws {
        #expect(try SparkRemote("sc://far.example/;token=t").usesTLS)
        #expect(try SparkRemote("sc://far.example/;token=t;use_ssl=false").usesTLS)
        #expect(try !SparkRemote("sc://127.0.0.1/;token=t").usesTLS)
    }

    @Test(arguments: ["http://h", "sc://", "sc://h:0", "sc://h:x", "sc://h/path", "sc://h/;token", "sc://h/;use_ssl=2"])
    func whatIsNoAddressIsRefusedWithoutShowingIt(text: String) {
        let error = #expect(throws: Failure.self) { try SparkRemote(text) }
        #expect(error?.message.contains("SPARK_REMOTE") == true)
        #expect(error?.message.contains("token=t") == false)
    }
}
