//! What the matrix has no row for.

mod acks;
mod alarm;
mod clock;
mod full;
mod poison;
mod races;
mod unbound;

use crate::scene::{Scene, Setting};

/// A scene in which orders already go all the way.
async fn begin(mut scene: Scene) -> Scene {
    scene.under_load();
    scene.flowing().await;
    scene
}

async fn flowing(name: &str) -> Scene {
    begin(Scene::shared(name, Setting::default()).await).await
}

/// A connection to the scene's vhost past every proxy.
async fn channel(scene: &Scene) -> (lapin::Connection, lapin::Channel) {
    let properties = lapin::ConnectionProperties::default();
    let connection =
        lapin::Connection::connect(&scene.servers.broker, properties).await.expect("a connection");
    let channel = connection.create_channel().await.expect("a channel");
    (connection, channel)
}
