import Pipeline
import Testing

@Suite struct ByteCountTests {
    @Test(
        arguments: [
            ("8GB", 8_000_000_000), ("512 MiB", 536_870_912), ("1.5k", 1500), ("1000", 1000),
        ] as [(String, Int64)])
    func sizesReadAsPeopleWriteThem(text: String, bytes: Int64) {
        #expect(ByteCount(text)?.bytes == bytes)
    }

    @Test(arguments: ["", "GB", "8XB", "-1GB", "0", "1e999", "99999999TB"])
    func whatIsNoSizeIsRefused(text: String) {
        #expect(ByteCount(text) == nil)
    }
}
