import Foundation

/// Reads the events of one message, whichever form they have.
struct LandingReading {
    var message = LandingMessage()
    /// Of the event at hand within the message.
    var path = ""

    /// Throws when no form is recognised; what is wrong within a known form becomes a problem.
    mutating func event(_ value: JSONValue, _ attributes: EventAttributes) throws(LandingDecodingError) {
        guard case .object = value else {
            throw LandingDecodingError(.undecodable, "\(place)expected an object, found \(value.noun)")
        }
        if let type = attributes["ce_type"], attributes["ce_specversion"] != nil {
            cloudEvent(type: type, id: attributes["ce_id"], time: attributes["ce_time"], data: value)
        } else if let records = value["Records"]?.elements {
            s3(records)
        } else if value["Event"]?.text == "s3:TestEvent" {
            message.ignored += 1
        } else if value["specversion"] != nil {
            cloudEvent(
                type: value["type"]?.text ?? "", id: value["id"]?.text, time: value["time"]?.text, data: value["data"])
        } else if let type = value["eventType"]?.text, let data = value["data"] {
            eventGrid(type: type, id: value["id"]?.text, time: value["eventTime"]?.text, data: data)
        } else if let type = value["detail-type"]?.text, let detail = value["detail"] {
            eventBridge(type: type, time: value["time"]?.text, detail)
        } else if let envelope = value["message"], envelope["attributes"] != nil {
            try pubSub(envelope)
        } else if value["kind"]?.text == "storage#object" {
            cloudStorage(value, type: attributes["eventType"])
        } else if value["version"] != nil || value["uri"] != nil {
            try own(value)
        } else {
            throw LandingDecodingError(
                .undecodable,
                "\(place)no known form: neither an S3, EventBridge, Cloud Storage or Event Grid notification, nor a "
                    + "CloudEvent, nor an object with version and uri")
        }
    }

    private var place: String { path.isEmpty ? "" : "\(path): " }

    // MARK: What comes of it

    private mutating func problem(_ field: String, _ text: String) {
        message.problems.append("\(path)\(path.isEmpty ? "" : ".")\(field): \(text)")
    }

    private mutating func land(
        kind: Landing.Kind = .file, _ uri: String?, at field: String, revision: String?, from revisionField: String,
        size: Int64? = nil, time: String? = nil
    ) {
        guard let uri, !uri.isEmpty else { return problem(field, "is missing") }
        guard let revision, !revision.isEmpty else { return problem(revisionField, "is missing") }
        guard uri.utf8.count <= LandingLimits.uriBytes else {
            return problem(field, "has \(uri.utf8.count) bytes; the limit is \(LandingLimits.uriBytes)")
        }
        guard revision.utf8.count <= LandingLimits.revisionBytes else {
            return problem(
                revisionField, "has \(revision.utf8.count) bytes; the limit is \(LandingLimits.revisionBytes)")
        }
        func hasControl(_ text: String) -> Bool { text.utf8.contains { $0 < 0x20 || $0 == 0x7F } }
        if hasControl(uri) { return problem(field, "holds a control character") }
        if hasControl(revision) { return problem(revisionField, "holds a control character") }
        if let size, size < 0 { return problem("size", "is less than nothing") }
        message.landings.append(
            Landing(
                kind: kind, uri: uri, revision: revision, size: size, landedAt: time.flatMap(RFC3339.date(from:))))
    }

    // MARK: S3, as AWS and MinIO publish it

    private mutating func s3(_ records: [JSONValue]) {
        let outer = path
        defer { path = outer }
        guard records.count <= LandingLimits.landings else {
            return problem("Records", "has \(records.count) entries; the limit is \(LandingLimits.landings)")
        }
        for (index, record) in records.enumerated() {
            path = "\(outer)\(outer.isEmpty ? "" : ".")Records[\(index)]"
            guard let name = record["eventName"]?.text else {
                problem("eventName", "is missing")
                continue
            }
            // MinIO writes the prefix, AWS does not.
            guard name.hasPrefix("ObjectCreated:") || name.hasPrefix("s3:ObjectCreated:") else {
                message.ignored += 1
                continue
            }
            let object = record["s3"]?["object"]
            guard let key = object?["key"]?.text, let decoded = PercentText.decoded(key, plusIsSpace: true) else {
                problem("s3.object.key", "is missing, or not URL-encoded UTF-8")
                continue
            }
            s3Object(
                bucket: record["s3"]?["bucket"]?["name"]?.text, bucketField: "s3.bucket.name", key: decoded,
                version: object?["versionId"]?.text, sequencer: object?["sequencer"]?.text, tag: object?["eTag"]?.text,
                size: object?["size"]?.wholeNumber, time: record["eventTime"]?.text)
        }
    }

    private mutating func eventBridge(type: String, time: String?, _ detail: JSONValue) {
        guard type == "Object Created" else {
            message.ignored += 1
            return
        }
        let object = detail["object"]
        guard let key = object?["key"]?.text, !key.isEmpty else { return problem("detail.object.key", "is missing") }
        s3Object(
            bucket: detail["bucket"]?["name"]?.text, bucketField: "detail.bucket.name", key: key,
            version: object?["version-id"]?.text, sequencer: object?["sequencer"]?.text, tag: object?["etag"]?.text,
            size: object?["size"]?.wholeNumber, time: time)
    }

    /// A version names a content for good; a sequencer orders the writes of a key; a tag with its time is the rest.
    private mutating func s3Object(
        bucket: String?, bucketField: String, key: String, version: String?, sequencer: String?, tag: String?,
        size: Int64?, time: String?
    ) {
        guard let bucket, !bucket.isEmpty else { return problem(bucketField, "is missing") }
        var revision: String?
        if let version, !version.isEmpty, version != "null" {
            revision = "version=\(version)"
        } else if let sequencer, !sequencer.isEmpty {
            revision = "sequencer=\(sequencer)"
        } else if let tag, let time {
            revision = "etag=\(tag) time=\(time)"
        }
        land(
            "s3://\(bucket)/\(key)", at: "key", revision: revision, from: "sequencer", size: size, time: time)
    }

    // MARK: Google Cloud Storage

    /// The envelope in which Pub/Sub hands notifications on: attributes, and the object's metadata in base 64.
    private mutating func pubSub(_ envelope: JSONValue) throws(LandingDecodingError) {
        let attributes = EventAttributes(envelope["attributes"])
        guard let type = attributes["eventType"], attributes["bucketId"] != nil || attributes["objectId"] != nil else {
            throw LandingDecodingError(
                .undecodable, "\(place)message.attributes: not those of a Cloud Storage notification")
        }
        guard type == "OBJECT_FINALIZE" else {
            message.ignored += 1
            return
        }
        var metadata: JSONValue?
        if let data = envelope["data"]?.text, let bytes = Data(base64Encoded: data) {
            // Without it the attributes say enough.
            metadata = try? JSONReader.read(Array(bytes), nestingLimit: RequestLimits.nesting)
        }
        cloudObject(
            bucket: attributes["bucketId"], name: attributes["objectId"], generation: attributes["objectGeneration"],
            size: metadata?["size"]?.wholeNumber, time: attributes["eventTime"] ?? envelope["publishTime"]?.text)
    }

    private mutating func cloudStorage(_ object: JSONValue, type: String?) {
        if let type, type != "OBJECT_FINALIZE" {
            message.ignored += 1
            return
        }
        cloudObject(
            bucket: object["bucket"]?.text, name: object["name"]?.text, generation: object["generation"]?.text,
            size: object["size"]?.wholeNumber, time: object["timeCreated"]?.text ?? object["updated"]?.text)
    }

    private mutating func cloudObject(
        bucket: String?, name: String?, generation: String?, size: Int64?, time: String?
    ) {
        guard let bucket, !bucket.isEmpty else { return problem("bucket", "is missing") }
        guard let name, !name.isEmpty else { return problem("name", "is missing") }
        land(
            "gs://\(bucket)/\(name)", at: "name", revision: generation.map { "generation=\($0)" }, from: "generation",
            size: size, time: time)
    }

    // MARK: Azure Event Grid

    private mutating func eventGrid(type: String, id: String?, time: String?, data: JSONValue) {
        guard type == "Microsoft.Storage.BlobCreated" else {
            message.ignored += 1
            return
        }
        blob(data, id: id, time: time)
    }

    private mutating func blob(_ data: JSONValue, id: String?, time: String?) {
        guard let url = data["url"]?.text, let decoded = PercentText.decoded(url, plusIsSpace: false) else {
            return problem("data.url", "is missing, or not URL-encoded UTF-8")
        }
        let revision =
            data["sequencer"]?.text.map { "sequencer=\($0)" } ?? data["eTag"]?.text.map { "etag=\($0)" }
            ?? id.map { "id=\($0)" }
        land(
            decoded, at: "data.url", revision: revision, from: "data.sequencer",
            size: data["contentLength"]?.wholeNumber, time: time)
    }

    // MARK: CloudEvents

    private mutating func cloudEvent(type: String, id: String?, time: String?, data: JSONValue?) {
        guard !type.isEmpty else { return problem("type", "is missing") }
        guard let data else { return problem("data", "is missing") }
        switch type {
        case "google.cloud.storage.object.v1.finalized": cloudStorage(data, type: nil)
        case "Microsoft.Storage.BlobCreated": blob(data, id: id, time: time)
        default:
            if type.hasPrefix("google.cloud.storage.") || type.hasPrefix("Microsoft.Storage.") {
                message.ignored += 1
                return
            }
            let time = data["landed_at"]?.text ?? time
            land(
                kind: data["kind"]?.text == Landing.Kind.dataset.rawValue ? .dataset : .file, data["uri"]?.text,
                at: "data.uri", revision: data["revision"]?.text ?? id.map { "id=\($0)" }, from: "id",
                size: data["size"]?.wholeNumber, time: time)
        }
    }

    // MARK: Our own

    private mutating func own(_ value: JSONValue) throws(LandingDecodingError) {
        guard let version = value["version"]?.wholeNumber else {
            throw LandingDecodingError(.undecodable, "\(place)version: is missing, or no integer")
        }
        guard version == Landing.version else {
            throw LandingDecodingError(
                .unsupportedVersion,
                "\(place)version: is \(version); this program reads version \(Landing.version)")
        }
        var kind = Landing.Kind.file
        if let given = value["kind"] {
            guard let known = given.text.flatMap(Landing.Kind.init) else {
                return problem(
                    "kind", "must be one of \(Landing.Kind.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            kind = known
        }
        let time = value["landed_at"]?.text
        if let time, RFC3339.date(from: time) == nil {
            return problem("landed_at", "must be an RFC 3339 time, such as 2013-01-01T06:30:00Z")
        }
        if let size = value["size"], size.wholeNumber == nil { return problem("size", "must be a whole number") }
        guard let uri = value["uri"]?.text, uri.contains("://") || uri.hasPrefix("/") else {
            return problem("uri", "must be a URI or an absolute path")
        }
        land(
            kind: kind, uri, at: "uri", revision: value["revision"]?.text ?? time.map { "time=\($0)" },
            from: "revision", size: value["size"]?.wholeNumber, time: time)
    }
}

/// `%2F` and its like.
enum PercentText {
    /// nil for what is not well-formed, or not UTF-8 once decoded.
    static func decoded(_ text: String, plusIsSpace: Bool) -> String? {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+") where plusIsSpace: bytes.append(UInt8(ascii: " "))
            case UInt8(ascii: "%"):
                guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit) else {
                    return nil
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        return String(validating: bytes, as: UTF8.self)
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
