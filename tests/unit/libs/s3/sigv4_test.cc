#include "libs/s3/sigv4.h"

#include <gtest/gtest.h>

#include "libs/crypto/sha256.h"

namespace portcullis::s3 {
namespace {

std::string Sha256Hex(std::string_view text) { return crypto::Hex(crypto::Sha256Of(text)); }

std::string SignatureOf(const std::string& authorization) {
  return authorization.substr(authorization.find("Signature=") + 10);
}

// The examples of "Authenticating Requests: Using the Authorization Header" of Amazon S3's API reference.
class AmazonExample : public ::testing::Test {
 protected:
  SigningRequest Request(std::string_view method, std::string path, std::string_view payload = "") {
    SigningRequest request;
    request.method = method;
    request.path = std::move(path);
    request.payload_sha256 = Sha256Hex(payload);
    request.headers = {{"host", "examplebucket.s3.amazonaws.com"},
                       {"x-amz-date", AmzDate(kAt)},
                       {"x-amz-content-sha256", request.payload_sha256}};
    return request;
  }
  std::string Signature(SigningRequest request) {
    return SignatureOf(Authorization(std::move(request), {"us-east-1", "s3", kAt}, kCredentials));
  }

  static constexpr base::SystemTime kAt{std::chrono::seconds(1369353600)};  // 2013-05-24T00:00:00Z
  const Credentials kCredentials{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
};

TEST_F(AmazonExample, GetObject) {
  SigningRequest request = Request("GET", "/test.txt");
  request.headers.emplace_back("range", "bytes=0-9");
  EXPECT_EQ(Authorization(request, {"us-east-1", "s3", kAt}, kCredentials),
            "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST_F(AmazonExample, PutObject) {
  SigningRequest request = Request("PUT", EncodeUri("/test$file.text", true), "Welcome to Amazon S3.");
  request.headers.emplace_back("date", "Fri, 24 May 2013 00:00:00 GMT");
  request.headers.emplace_back("x-amz-storage-class", "REDUCED_REDUNDANCY");
  EXPECT_EQ(Signature(request), "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd");
}

TEST_F(AmazonExample, QueryWithoutValue) {
  SigningRequest request = Request("GET", "/");
  request.query = {{"lifecycle", ""}};
  EXPECT_EQ(Signature(request), "fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543");
}

TEST_F(AmazonExample, QueryOfTwo) {
  SigningRequest request = Request("GET", "/");
  request.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_EQ(Signature(request), "34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7");
}

// From the Signature Version 4 test suite: get-vanilla, post-vanilla, get-header-value-trim,
// get-vanilla-query-order-key-case and get-utf8.
class TestSuite : public ::testing::Test {
 protected:
  std::string Signature(std::string_view method, std::string path, Fields query = {}, Fields headers = {}) {
    SigningRequest request;
    request.method = method;
    request.path = std::move(path);
    request.query = std::move(query);
    request.payload_sha256 = Sha256Hex("");
    request.headers = {{"host", "example.amazonaws.com"}, {"x-amz-date", "20150830T123600Z"}};
    request.headers.insert(request.headers.end(), headers.begin(), headers.end());
    return SignatureOf(Authorization(request, {"us-east-1", "service", kAt},
                                     {"AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", ""}));
  }

  static constexpr base::SystemTime kAt{std::chrono::seconds(1440938160)};  // 2015-08-30T12:36:00Z
};

TEST_F(TestSuite, Vanilla) {
  EXPECT_EQ(AmzDate(kAt), "20150830T123600Z");
  EXPECT_EQ(Signature("GET", "/"), "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31");
  EXPECT_EQ(Signature("POST", "/"), "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b");
}

TEST_F(TestSuite, HeaderValuesAreTrimmed) {
  EXPECT_EQ(Signature("GET", "/", {}, {{"my-header1", " value1"}, {"my-header2", " \"a   b   c\""}}),
            "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736");
}

TEST_F(TestSuite, QueryIsSorted) {
  EXPECT_EQ(Signature("GET", "/", {{"Param2", "value2"}, {"Param1", "value1"}}),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500");
}

TEST_F(TestSuite, PathIsEncoded) {
  EXPECT_EQ(Signature("GET", EncodeUri("/\xe1\x88\xb4", true)),
            "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85");
}

TEST(Sigv4Test, EncodesQueriesAsTheyAreSent) {
  EXPECT_EQ(CanonicalQuery({{"uploads", ""}}), "uploads=");
  EXPECT_EQ(CanonicalQuery({{"uploadId", "a/b+c=="}, {"partNumber", "10"}}),
            "partNumber=10&uploadId=a%2Fb%2Bc%3D%3D");
  EXPECT_EQ(EncodeUri("a b/\xc3\xbc~", true), "a%20b/%C3%BC~");
}

}  // namespace
}  // namespace portcullis::s3
