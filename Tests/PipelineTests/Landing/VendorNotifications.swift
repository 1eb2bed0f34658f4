/// Notifications in the shapes that their services document, written for these tests.
enum VendorNotifications {
    static func s3Record(
        key: String, name: String = "ObjectCreated:Put", bucket: String = "lake", version: String? = nil,
        sequencer: String? = "0055AED6DCD90281E5", size: Int = 1_024
    ) -> String {
        """
        {"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":"eu-central-1","eventTime":"2013-01-02T06:30:00.000Z",\
        "eventName":"\(name)","userIdentity":{"principalId":"AWS:loader"},\
        "requestParameters":{"sourceIPAddress":"10.0.0.1"},\
        "responseElements":{"x-amz-request-id":"R1","x-amz-id-2":"I1"},\
        "s3":{"s3SchemaVersion":"1.0","configurationId":"landings",\
        "bucket":{"name":"\(bucket)","ownerIdentity":{"principalId":"O1"},"arn":"arn:aws:s3:::\(bucket)"},\
        "object":{"key":"\(key)","size":\(size),"eTag":"d41d8cd98f00b204e9800998ecf8427e"\
        \(version.map { ",\"versionId\":\"\($0)\"" } ?? "")\(sequencer.map { ",\"sequencer\":\"\($0)\"" } ?? "")}}}
        """
    }

    static func s3(_ records: String...) -> String { "{\"Records\":[\(records.joined(separator: ","))]}" }

    static let s3Test = """
        {"Service":"Amazon S3","Event":"s3:TestEvent","Time":"2013-01-02T06:30:00.000Z","Bucket":"lake",\
        "RequestId":"R1","HostId":"H1"}
        """

    static let minio = """
        {"EventName":"s3:ObjectCreated:Put","Key":"lake/raw/sales/date=2013-01-02/a.parquet","Records":[\
        {"eventVersion":"2.0","eventSource":"minio:s3","awsRegion":"","eventTime":"2013-01-02T06:30:00.250Z",\
        "eventName":"s3:ObjectCreated:Put","userIdentity":{"principalId":"loader"},\
        "requestParameters":{"principalId":"loader","region":"","sourceIPAddress":"10.0.0.1"},\
        "responseElements":{"x-amz-request-id":"17B1","x-minio-deployment-id":"D1","x-minio-origin-endpoint":"http://10.0.0.2:9000"},\
        "s3":{"s3SchemaVersion":"1.0","configurationId":"Config",\
        "bucket":{"name":"lake","ownerIdentity":{"principalId":"loader"},"arn":"arn:aws:s3:::lake"},\
        "object":{"key":"raw%2Fsales%2Fdate%3D2013-01-02%2Fa.parquet","size":77,"eTag":"e1",\
        "contentType":"application/octet-stream","userMetadata":{"content-type":"application/octet-stream"},\
        "sequencer":"17B1A2C3D4E5F601"}},\
        "source":{"host":"10.0.0.1","port":"","userAgent":"MinIO (linux; amd64)"}}]}
        """

    static let eventBridge = """
        {"version":"0","id":"17793124-05d4-b198-2fde-7ededc63b103","detail-type":"Object Created","source":"aws.s3",\
        "account":"111122223333","time":"2013-01-02T06:30:00Z","region":"eu-central-1",\
        "resources":["arn:aws:s3:::lake"],"detail":{"version":"0","bucket":{"name":"lake"},\
        "object":{"key":"raw/sales/date=2013-01-02/a b+c.parquet","size":5,"etag":"b1946ac92492d2347c6235b4d2611184",\
        "version-id":"IYV3p45BT0ac8hjHg1houSdS1a.Mro8e","sequencer":"617f08299329d189"},\
        "request-id":"N4N7GDK58NMKJ12R","requester":"123456789012","source-ip-address":"1.2.3.4","reason":"PutObject"}}
        """

    static let cloudStorage = """
        {"kind":"storage#object","id":"lake/raw/sales/date=2013-01-02/a.parquet/1357108200000000",\
        "selfLink":"https://www.googleapis.com/storage/v1/b/lake/o/a","name":"raw/sales/date=2013-01-02/a.parquet",\
        "bucket":"lake","generation":"1357108200000000","metageneration":"1","contentType":"application/octet-stream",\
        "timeCreated":"2013-01-02T06:30:00.123Z","updated":"2013-01-02T06:30:00.123Z","storageClass":"STANDARD",\
        "size":"2048","md5Hash":"q1w2","crc32c":"AAAAAA==","etag":"CJ"}
        """

    /// The object's metadata as base 64 in `data`: {"size":"2048"}.
    static func pubSub(type: String = "OBJECT_FINALIZE") -> String {
        """
        {"message":{"attributes":{"bucketId":"lake","eventTime":"2013-01-02T06:30:00.123456Z","eventType":"\(type)",\
        "notificationConfig":"projects/_/buckets/lake/notificationConfigs/1","objectGeneration":"1357108200000000",\
        "objectId":"raw/sales/date=2013-01-02/a.parquet","payloadFormat":"JSON_API_V1"},\
        "data":"eyJzaXplIjoiMjA0OCJ9","messageId":"1","publishTime":"2013-01-02T06:30:01Z"},\
        "subscription":"projects/p/subscriptions/s"}
        """
    }

    static func eventGrid(type: String = "Microsoft.Storage.BlobCreated") -> String {
        """
        [{"topic":"/subscriptions/s/resourceGroups/g/providers/Microsoft.Storage/storageAccounts/lake",\
        "subject":"/blobServices/default/containers/raw/blobs/sales/date=2013-01-02/a.parquet",\
        "eventType":"\(type)","eventTime":"2013-01-02T06:30:00.1234567Z","id":"831e1650-001e-001b-66ab-eeb76e069631",\
        "data":{"api":"PutBlockList","clientRequestId":"c","requestId":"r","eTag":"0x8D4BCC2E4835CD0",\
        "contentType":"application/octet-stream","contentLength":524288,"blobType":"BlockBlob",\
        "url":"https://lake.blob.core.windows.net/raw/sales/date%3D2013-01-02/a.parquet",\
        "sequencer":"00000000000004420000000000028963","storageDiagnostics":{"batchId":"b"}},\
        "dataVersion":"","metadataVersion":"1"}]
        """
    }

    static let cloudEvent = """
        {"specversion":"1.0","type":"com.example.extract.done","source":"/extracts/sales","id":"E-1",\
        "time":"2013-01-02T06:30:00Z","datacontenttype":"application/json",\
        "data":{"uri":"s3://lake/raw/sales/date=2013-01-02/a.parquet","size":12}}
        """

    static let cloudEventOfStorage = """
        {"specversion":"1.0","type":"google.cloud.storage.object.v1.finalized",\
        "source":"//storage.googleapis.com/projects/_/buckets/lake","subject":"objects/raw/a.parquet","id":"1",\
        "time":"2013-01-02T06:30:00Z","data":{"bucket":"lake","name":"raw/a.parquet","generation":"7","size":"9"}}
        """

    static let cloudEventOfEventGrid = """
        {"specversion":"1.0","type":"Microsoft.Storage.BlobCreated","source":"/subscriptions/s/storageAccounts/lake",\
        "subject":"/blobServices/default/containers/raw/blobs/a.parquet","id":"9","time":"2013-01-02T06:30:00Z",\
        "data":{"api":"PutBlob","eTag":"0x8D4","contentLength":3,"blobType":"BlockBlob",\
        "url":"https://lake.blob.core.windows.net/raw/a.parquet","sequencer":"0001"}}
        """

    static let own = """
        {"version":1,"uri":"/data/in/a.csv","revision":"1","size":3,"landed_at":"2013-01-02T06:30:00Z"}
        """

    static var all: [String] {
        [
            s3(s3Record(key: "raw/a.parquet"), s3Record(key: "raw/b+c.parquet")), s3Test, minio, eventBridge,
            cloudStorage, pubSub(), eventGrid(), cloudEvent, cloudEventOfStorage, cloudEventOfEventGrid, own,
        ]
    }
}
