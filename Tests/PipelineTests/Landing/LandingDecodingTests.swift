import Foundation
import Pipeline
import Testing

@Suite struct LandingDecodingTests {
    private func decode(_ text: String, headers: [String: String] = [:]) throws -> LandingMessage {
        try LandingMessage.decode(Data(text.utf8), headers: headers.map { ($0.key, Data($0.value.utf8)) })
    }

    private func one(_ text: String, headers: [String: String] = [:]) throws -> Landing {
        let message = try decode(text, headers: headers)
        #expect(message.problems == [])
        return try #require(message.landings.first)
    }

    @Test func keysOfS3AreDecodedAndBatchesAreWhole() throws {
        let message = try decode(
            VendorNotifications.s3(
                VendorNotifications.s3Record(key: "raw/Z%C3%BCrich+1.csv", size: 10),
                VendorNotifications.s3Record(key: "raw/b.csv", version: "v2"),
                VendorNotifications.s3Record(key: "raw/c.csv", name: "ObjectRemoved:Delete"),
                VendorNotifications.s3Record(key: "raw/d%2.csv"),
                VendorNotifications.s3Record(key: "raw/e.csv", name: "ObjectCreated:CompleteMultipartUpload")))
        #expect(
            message.landings.map(\.uri) == ["s3://lake/raw/Zürich 1.csv", "s3://lake/raw/b.csv", "s3://lake/raw/e.csv"])
        #expect(message.landings.map(\.size) == [10, 1_024, 1_024])
        #expect(message.landings[0].revision == "sequencer=0055AED6DCD90281E5")
        #expect(message.landings[1].revision == "version=v2")
        #expect(message.ignored == 1)
        #expect(message.problems == ["Records[3].s3.object.key: is missing, or not URL-encoded UTF-8"])
    }

    @Test func aVersionThatIsNoneIsNoIdentity() throws {
        let landing = try one(VendorNotifications.s3(VendorNotifications.s3Record(key: "a", version: "null")))
        #expect(landing.revision.hasPrefix("sequencer="))
        let bare = try one(VendorNotifications.s3(VendorNotifications.s3Record(key: "a", sequencer: nil)))
        #expect(bare.revision == "etag=d41d8cd98f00b204e9800998ecf8427e time=2013-01-02T06:30:00.000Z")
    }

    @Test func everyServiceSaysWhatLandedWhere() throws {
        let sales = "s3://lake/raw/sales/date=2013-01-02/a.parquet"
        let minio = try one(VendorNotifications.minio)
        #expect(minio.uri == sales && minio.size == 77 && minio.revision == "sequencer=17B1A2C3D4E5F601")
        let bridge = try one(VendorNotifications.eventBridge)
        #expect(bridge.uri == "s3://lake/raw/sales/date=2013-01-02/a b+c.parquet")
        #expect(bridge.revision == "version=IYV3p45BT0ac8hjHg1houSdS1a.Mro8e")
        let google = "gs://lake/raw/sales/date=2013-01-02/a.parquet"
        for text in [VendorNotifications.cloudStorage, VendorNotifications.pubSub()] {
            let landing = try one(text)
            #expect(landing.uri == google && landing.revision == "generation=1357108200000000" && landing.size == 2_048)
        }
        let azure = try one(VendorNotifications.eventGrid())
        #expect(azure.uri == "https://lake.blob.core.windows.net/raw/sales/date=2013-01-02/a.parquet")
        #expect(azure.revision == "sequencer=00000000000004420000000000028963" && azure.size == 524_288)
        let event = try one(VendorNotifications.cloudEvent)
        #expect(event.uri == sales && event.revision == "id=E-1" && event.size == 12)
        #expect(try one(VendorNotifications.cloudEventOfStorage).uri == "gs://lake/raw/a.parquet")
        #expect(
            try one(VendorNotifications.cloudEventOfEventGrid).uri == "https://lake.blob.core.windows.net/raw/a.parquet"
        )
        let own = try one(VendorNotifications.own)
        #expect(own.uri == "/data/in/a.csv" && own.revision == "1" && own.size == 3)
        #expect(own.landedAt == Date(timeIntervalSince1970: 1_357_108_200))
    }

    @Test func cloudEventsMayKeepTheirAttributesInHeaders() throws {
        let headers = ["ce_specversion": "1.0", "ce_type": "x.done", "ce_id": "7", "ce_source": "/x"]
        let landing = try one("{\"uri\":\"gs://b/a.csv\"}", headers: headers)
        #expect(landing.uri == "gs://b/a.csv" && landing.revision == "id=7")
    }

    @Test func whatIsNoArrivalIsPassedOver() throws {
        for text in [
            VendorNotifications.s3Test, VendorNotifications.pubSub(type: "OBJECT_DELETE"),
            VendorNotifications.eventGrid(type: "Microsoft.Storage.BlobDeleted"),
            VendorNotifications.eventBridge.replacingOccurrences(of: "Object Created", with: "Object Deleted"),
        ] {
            let message = try decode(text)
            #expect(message.landings.isEmpty && message.ignored == 1 && message.problems == [])
        }
        let removed = try decode(VendorNotifications.cloudStorage, headers: ["eventType": "OBJECT_DELETE"])
        #expect(removed.landings.isEmpty && removed.ignored == 1)
    }

    @Test(arguments: [
        ("{}", "no known form"), ("[]x", "not JSON"), ("7", "expected an object"),
        ("{\"version\":1}", "uri: must be"), ("{\"version\":1,\"uri\":\"/a\"}", "revision: is missing"),
        ("{\"version\":1,\"uri\":\"a.csv\",\"revision\":\"1\"}", "uri: must be"),
        ("{\"uri\":\"/a\",\"revision\":\"1\"}", "version: is missing"),
        ("{\"version\":1,\"uri\":\"/a\\u0007\",\"revision\":\"1\"}", "control character"),
        ("{\"version\":1,\"uri\":\"/a\",\"revision\":\"1\",\"kind\":\"table\"}", "kind: must be one of file, dataset"),
        ("{\"version\":1,\"uri\":\"/a\",\"revision\":\"1\",\"size\":1.5}", "size: must be"),
        ("{\"version\":1,\"uri\":\"/a\",\"landed_at\":\"today\"}", "landed_at: must be"),
    ])
    func whatCannotBeReadIsRefusedWithTheReason(text: String, reason: String) throws {
        let error = try #require(throws: LandingDecodingError.self) { try decode(text) }
        #expect(error.reason == .undecodable)
        #expect(error.detail.contains(reason), "\(error.detail)")
    }

    @Test func anotherVersionIsSaidToBeOne() throws {
        let error = try #require(throws: LandingDecodingError.self) { try decode("{\"version\":2,\"uri\":\"/a\"}") }
        #expect(error.reason == .unsupportedVersion)
    }

    @Test func whatIsWrittenReadsTheSame() throws {
        let landing = Landing(
            kind: .dataset, uri: "file:///data//ü/\u{75}\u{308}.csv", revision: "r \"1\"", size: 5,
            landedAt: Date(timeIntervalSince1970: 1_357_108_200.25))
        let again = try one(String(decoding: landing.encoded(), as: UTF8.self))
        #expect(again.identity.utf8.elementsEqual(landing.identity.utf8))
        #expect(again.size == 5 && again.landedAt == landing.landedAt && again.kind == .dataset)
        #expect(landing.uri.utf8.elementsEqual("/data/ü/\u{75}\u{308}.csv".utf8))
    }

    @Test func aPlaceCannotPassForAnother() {
        let one = Landing(uri: "/a#1", revision: "2")
        let other = Landing(uri: "/a", revision: "1#2")
        #expect(one.identity != other.identity)
    }
}
