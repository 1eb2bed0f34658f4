import Testing

@testable import Pipeline

@Suite struct URITemplateTests {
    @Test(
        arguments: [
            (
                "s3://lake/raw/date={DATE}/{FILE}.parquet", "s3://lake/raw/date=2013-01-01/a.parquet.parquet",
                ["DATE": "2013-01-01", "FILE": "a.parquet"]
            ),
            ("/in/{A}-{B}.csv", "/in/x-y-z.csv", ["A": "x", "B": "y-z"]),
            ("/in/**/{FILE}.csv", "/in/a.csv", ["FILE": "a"]),
            ("/in/**/{FILE}.csv", "/in/x/y/ü.csv", ["FILE": "ü"]),
            ("/in/{DAY}/**", "/in/1/x/y.csv", ["DAY": "1"]),
            ("/in/*.csv", "/in/.csv", [:]), ("/in/{{A}}/x", "/in/{A}/x", [:]),
            ("/in/*/b*.csv", "/in/x/bbb.csv", [:]),
        ] as [(String, String, [String: String])])
    func aPlaceIsTakenApart(template: String, uri: String, captures: [String: String]) throws {
        #expect(try URITemplate(template).match(uri) == captures)
    }

    @Test(arguments: [
        ("/in/{FILE}.csv", "/in/x/a.csv"), ("/in/{FILE}.csv", "/in/.csv"), ("/in/*.csv", "/in/a.csv.gz"),
        ("/in/**/a", "/in/xa"), ("/in/a", "/in/ab"), ("/in/ab", "/in/a"),
    ])
    func otherPlacesAreNot(template: String, uri: String) throws {
        #expect(try URITemplate(template).match(uri) == nil)
    }

    @Test(arguments: [
        "", "/in/{A}{B}", "/in/{A", "/in/A}", "/in/{A}/{A}", "/in/{1}", "/in/a**/b", "/in/{A}*", "/in/***",
    ])
    func whatCouldBeReadInTwoWaysIsRefused(text: String) {
        #expect(throws: URITemplate.Mistake.self) { try URITemplate(text) }
    }

    @Test func hostilePlacesAreMatchedInTime() throws {
        let template = try URITemplate("/" + (0..<40).map { "{A\($0)}a" }.joined() + "b")
        #expect(template.match("/" + String(repeating: "a", count: 4_000)) == nil)
    }

    @Test func aMarkerStandsBesideTheFiles() throws {
        let marker = try #require(try URITemplate("s3://b/date={DATE}/{FILE}.parquet").beside("_SUCCESS"))
        #expect(marker.match("s3://b/date=1/_SUCCESS") == ["DATE": "1"])
        #expect(marker.match("s3://b/date=1/x/_SUCCESS") == nil)
        #expect(try URITemplate("/in/{A}/x-{B}.csv").folderCaptures == ["A"])
        #expect(try URITemplate("/in/**/*.csv").beside("_OK")?.match("/in/a/b/_OK") == [:])
    }

    @Test func theRootOfWhatMayMatchIsKnown() throws {
        #expect(try URITemplate("/data/in/{DAY}/a.csv").localRoot == "/data/in")
        #expect(try URITemplate("/data/in-{DAY}/a.csv").localRoot == "/data")
        #expect(try URITemplate("/{DAY}").localRoot == "/")
        #expect(try URITemplate("s3://b/{DAY}").localRoot == nil)
    }

    @Test(arguments: [
        ("/out/daily", "/out/daily", true), ("/out/{A}", "/out/b", true), ("/out/{A}/x", "/out/**", true),
        ("/out/a-{A}", "/out/{B}-b", true), ("/out/a{A}", "/out/b{B}", false), ("/out/{A}", "/out/x/y", false),
        ("/out/**/x", "/out/a/b/y", false), ("s3://a/{X}", "s3://b/{X}", false),
    ])
    func twoTemplatesMeetWhereAPlaceMatchesBoth(left: String, right: String, meets: Bool) throws {
        let (left, right) = (PlacePattern(try URITemplate(left)), PlacePattern(try URITemplate(right)))
        #expect(left.meets(right) == meets)
        #expect(right.meets(left) == meets)
    }
}
