#include "services/policy/adapters/grpc/release_texts.h"

namespace portcullis::policy {

void ReleaseTexts::Add(const std::vector<Piece>& pieces) {
  for (const Piece& piece : pieces) channels_[piece.channel].tail += piece.text;
}

absl::Status ReleaseTexts::Fill(v1::GuardVerdict& verdict) {
  const absl::Status impossible = absl::InternalError("a release lies outside of its channel's text");
  for (v1::Release& release : *verdict.mutable_releases()) {
    Channel& channel = channels_[release.channel()];
    if (release.end() < channel.released || release.end() - channel.released > channel.tail.size())
      return impossible;
    std::string& text = *release.mutable_text();
    uint64_t at = channel.released;
    for (const v1::Edit& edit : release.edits()) {
      if (edit.begin() < at || edit.end() < edit.begin() || edit.end() > release.end()) return impossible;
      text.append(channel.tail, at - channel.released, edit.begin() - at);
      text += edit.replacement();
      at = edit.end();
    }
    text.append(channel.tail, at - channel.released, release.end() - at);
    channel.tail.erase(0, release.end() - channel.released);
    channel.released = release.end();
  }
  return absl::OkStatus();
}

}  // namespace portcullis::policy
